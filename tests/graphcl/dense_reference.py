"""MEOW's encoder once more: dense, float64, eval mode, written from the equations of arXiv 2212.13847.

It starts from the edges, not from prepared views; of the encoder it takes the parameters, and of the views the
random choice of what the masked twins keep.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from datasets import GraphDataset, MetaPath, Step
from graphcl.encoders import ViewEncoder
from graphcl.views import ViewSet


@dataclass(frozen=True)
class Encoded:
    """Coarse and fine projections, the fused embedding, and the weight of each view."""

    coarse: Tensor
    fine: Tensor
    embedding: Tensor
    attention: Tensor


def adjacency(dataset: GraphDataset, step: Step) -> np.ndarray:
    ends = (step.source, step.target) if step.forward else (step.target, step.source)
    matrix = np.zeros([dataset.graph[end].num_nodes for end in ends])
    for source, target in dataset.graph[ends[0], step.relation, ends[1]].edge_index.T.tolist():
        matrix[source, target] = 1
    return matrix if step.forward else matrix.T


def instances(dataset: GraphDataset, steps: tuple[Step, ...]) -> np.ndarray:
    product = np.eye(dataset.graph[steps[0].source].num_nodes)
    for step in steps:
        product = product @ adjacency(dataset, step)
    return product


def sparsified(dataset: GraphDataset, path: MetaPath, top_k: int) -> np.ndarray:
    """Each row's own entry and its most similar others by PathSim; of equals those with the lowest numbers."""
    counts = instances(dataset, path.steps)
    kept = np.zeros_like(counts)
    for row in range(len(counts)):
        reached = [column for column in range(len(counts)) if counts[row, column] > 0]

        def order(column: int, row: int = row) -> tuple[bool, float, int]:
            total = counts[row, row] + counts[column, column]
            return column != row, -2 * counts[row, column] / total if total else 0.0, column

        for column in sorted(reached, key=order)[:top_k]:
            kept[row, column] = counts[row, column]
    return kept


def normalised(matrix: np.ndarray) -> Tensor:
    """(D^-1/2 A D^-1/2)^T with D the row sums."""
    degree = matrix.sum(axis=1)
    scale = np.array([value**-0.5 if value > 0 else 0.0 for value in degree])
    return torch.from_numpy((scale[:, None] * matrix * scale[None, :]).T.copy())


def context(dataset: GraphDataset, path: MetaPath, length: int) -> Tensor:
    reach = (instances(dataset, path.steps[:length]) > 0).astype(float)
    size = reach.sum(axis=1, keepdims=True)
    return torch.from_numpy(np.where(size > 0, reach / np.where(size > 0, size, 1), 0.0))


def encode(dataset: GraphDataset, views: ViewSet, encoder: ViewEncoder, top_k: int) -> Encoded:
    parameters = {name: value.detach().double() for name, value in encoder.state_dict().items()}
    types = list(views.features)

    def project(name: str, x: Tensor) -> Tensor:
        place = f"projections.{types.index(name)}"
        return functional.elu(x @ parameters[f"{place}.weight"] + parameters[f"{place}.bias"])

    def gcn(x: Tensor, a: Tensor) -> Tensor:
        first = a @ (x @ parameters["gcn.first"])
        hidden = torch.where(first > 0, first, parameters["gcn.activation.weight"] * first)
        out = a @ (hidden @ parameters["gcn.second"])
        return (out - out.mean()) / (out.var(correction=0) + 1e-5).sqrt()

    def head(z: Tensor) -> Tensor:
        p = torch.tanh(z @ parameters["head.weight"].T + parameters["head.bias"])
        return p / p.norm(dim=1, keepdim=True)

    features = {name: dense_features(dataset, name) for name in types}
    h = {name: project(name, x) for name, x in features.items()}
    masked_h = project(views.target, masked_features(views, features[views.target]))
    adjacencies, fine = [], []
    for index, (path, view) in enumerate(zip(dataset.meta_paths, views.paths, strict=True)):
        kept = sparsified(dataset, path, top_k)
        adjacencies.append(normalised(kept))
        twin = (view.masked.to_scipy().T.toarray() > 0).astype(float)
        assert not ((twin > 0) & (kept == 0) & ~np.eye(len(kept), dtype=bool)).any()
        for target, a in ((h[views.target], adjacencies[-1]), (masked_h, normalised(twin))):
            total = target
            for number, length in enumerate(path.contexts):
                mean = context(dataset, path, length) @ h[path.types[length]]
                total = total + mean @ parameters[f"contexts.{index}.linear.{number}.weight"].T
            fine.append(gcn(functional.elu(total), a))
    fine = [z / z.norm(dim=1, keepdim=True).clamp_min(1e-12) for z in fine]
    weight, bias = parameters["attention.linear.weight"], parameters["attention.linear.bias"]
    scores = [torch.tanh(z @ weight.T + bias).mean(dim=0) @ parameters["attention.query"][0] for z in fine]
    beta = torch.stack(scores).exp() / torch.stack(scores).exp().sum()
    embedding = sum((b * z for b, z in zip(beta, fine, strict=True)), torch.zeros_like(fine[0]))
    coarse = gcn(h[views.target], torch.stack(adjacencies).mean(dim=0))
    return Encoded(head(coarse), head(embedding), embedding, beta)


def dense_features(dataset: GraphDataset, name: str) -> Tensor:
    """The features, or an identity where there are none."""
    x = dataset.graph[name].get("x")
    return torch.eye(dataset.graph[name].num_nodes).double() if x is None else x.to_dense().double()


def masked_features(views: ViewSet, features: Tensor) -> Tensor:
    """The target's features where the masked twin keeps them."""
    if views.features[views.target] is None:
        return features * views.masked.double()
    masked = views.masked
    kept = torch.from_numpy(masked.to_scipy().toarray()) if hasattr(masked, "to_scipy") else masked
    return features * (kept != 0)
