"""From a graph to the views of an epoch."""

from dataclasses import replace

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from core.errors import UserError, unknown_name
from datasets import GraphDataset, MetaPath
from datasets.metapath import context_mean, top_k_adjacency
from datasets.sparse import ComponentMatrix, MeanMatrix, SparseMatrix, drop_edges, mask_entries, symmetric
from graphcl.views.resampling import Resampler
from graphcl.views.settings import ViewSettings, per_path
from graphcl.views.structure import Context, Features, MetaPathView, ViewSet


class ViewBuilder:
    """Prepares a graph's meta-path views once, and draws the masked twins from the seed and the epoch.

    Args:
        dataset: the graph with its meta-paths.
        settings: which views, how sparse, how masked.
        seed: of the maskings and of random ties; the same seed and epoch give the same views.
        device: where the views live.

    Raises:
        UserError: for meta-paths that do not exist, or where the graph has none.
    """

    def __init__(self, dataset: GraphDataset, settings: ViewSettings, *, seed: int, device: torch.device | str) -> None:
        self._settings = settings
        self._seed = seed
        self._device = device
        paths = _selected(dataset, settings)
        names = [path.name for path in paths]
        known = [path.name for path in dataset.meta_paths]
        top_k = per_path("top_k", settings.top_k, names, known)
        self._edge_mask = per_path("edge_mask", settings.edge_mask, names, known)
        self._adjacency = {
            path.name: top_k_adjacency(dataset, path, top_k[path.name], ties=settings.ties, seed=seed) for path in paths
        }
        normalised = {name: self._normalise(matrix) for name, matrix in self._adjacency.items()}
        contexts = _contexts(dataset, paths, device)
        graph = dataset.graph
        types = [dataset.target]
        types += sorted({one.node_type for found in contexts.values() for one in found} - {dataset.target})
        features: dict[str, Features] = {name: _features(graph[name].get("x"), device) for name in types}
        base = ViewSet(
            target=dataset.target,
            sizes={name: int(graph[name].num_nodes) for name in types},
            features=features,
            masked=torch.empty(0),
            paths=tuple(MetaPathView(name, matrix, matrix, contexts[name]) for name, matrix in normalised.items()),
            coarse=MeanMatrix(tuple(normalised.values())),
        )
        self._base = base
        self._drawn = self._draw()
        self._resampler: Resampler | None = None
        if settings.resample == "epoch":
            self._resampler = Resampler(
                base,
                self._adjacency,
                feature_mask=settings.feature_mask,
                edge_mask=self._edge_mask,
                transpose=settings.transpose,
                seed=seed,
                device=device,
            )

    def views(self, epoch: int = 0) -> ViewSet:
        """Return the views of an epoch; with ``resample: once`` always those of epoch 0."""
        if self._resampler is None or epoch == 0:
            return self._drawn
        return self._resampler.draw(epoch)

    def _normalise(self, adjacency: sp.csr_matrix) -> ComponentMatrix:
        matrix = symmetric(adjacency, transpose=self._settings.transpose)
        return ComponentMatrix.from_scipy(matrix, self._device)

    def _draw(self) -> ViewSet:
        """Draw the first epoch's twins, which are also what is evaluated: without the places of what they lose."""
        generator = np.random.default_rng((self._seed, 0))
        target = self._base.target
        features = _mask(self._base.features[target], self._base.sizes[target], self._settings.feature_mask, generator)
        paths = []
        for view in self._base.paths:
            dropped = drop_edges(self._adjacency[view.name], self._edge_mask[view.name], generator)
            paths.append(replace(view, masked=self._normalise(dropped)))
        masked_features = features if isinstance(features, SparseMatrix) else features.to(self._device)
        return replace(self._base, masked=masked_features, paths=tuple(paths))


def _selected(dataset: GraphDataset, settings: ViewSettings) -> list[MetaPath]:
    known = {path.name: path for path in dataset.meta_paths}
    names = list(known) if settings.meta_paths is None else settings.meta_paths
    for name in names:
        if name not in known:
            raise unknown_name(f"meta-path of {dataset.name} in views.meta_paths", name, known)
    if not names:
        raise UserError(f"{dataset.name} has no meta-path to make a view of; give at least one")
    return [known[name] for name in names]


def _contexts(
    dataset: GraphDataset, paths: list[MetaPath], device: torch.device | str
) -> dict[str, tuple[Context, ...]]:
    """Build every path's contexts; paths that begin alike share the matrices of their common prefixes."""
    made: dict[tuple[object, ...], Context] = {}
    found: dict[str, tuple[Context, ...]] = {}
    for path in paths:
        for length in path.contexts:
            prefix = path.steps[:length]
            if prefix not in made:
                factors = context_mean(dataset, path, length)
                made[prefix] = Context(
                    prefix[-1].target, tuple(SparseMatrix.from_scipy(factor, device) for factor in factors)
                )
        found[path.name] = tuple(made[path.steps[:length]] for length in path.contexts)
    return found


def _features(x: Tensor | None, device: torch.device | str) -> Features:
    if x is None:
        return None
    if x.layout == torch.sparse_csr:
        return SparseMatrix.from_csr_tensor(x, device)
    return x.to(device, torch.float32)


def _mask(features: Features, count: int, rate: float, generator: np.random.Generator) -> SparseMatrix | Tensor:
    """Drop entries of the target's features; an identity has one entry a node."""
    if features is None:
        ones = sp.csr_matrix(np.ones((count, 1), np.float32))
        return torch.from_numpy(mask_entries(ones, rate, generator).toarray())
    if isinstance(features, SparseMatrix):
        return SparseMatrix.from_scipy(mask_entries(features.to_scipy(), rate, generator), features.device)
    dense = sp.csr_matrix(features.cpu().numpy())
    return torch.from_numpy(mask_entries(dense, rate, generator).toarray())
