"""MEOW and AdaMEOW written naively, with N x N dense matrices and plain autograd, to measure the fast forms against.

The encoder is the project's own, run on dense copies of the views, so that both forms have the same parameters; the
losses and the clustering are written down from the papers' equations, one matrix after the other. Whole matrices
in single precision are timed; row pieces in double precision are the yardstick of exactness.
"""

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import scipy.sparse as sp
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from core.clustering import Clustering
from core.errors import UserError
from core.losses import PairNetwork
from core.objectives import temperature_at
from core.objectives.library.adaptive_info_nce import AdaptiveObjective
from core.objectives.library.meow import MeowObjective
from datasets.sparse import ComponentMatrix, MeanMatrix, SparseMatrix
from graphcl.contrast_task import ContrastTask
from graphcl.encoders import EncodedViews
from graphcl.settings import ContrastSettings
from graphcl.views import Context, ViewSet

Sparse = SparseMatrix | ComponentMatrix | MeanMatrix
DenseObjective = Callable[[EncodedViews], Tensor]


def densify(views: ViewSet, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> ViewSet:
    """Return the views with every sparse matrix dense, identities included, and every context one N x T matrix."""
    contexts: dict[int, Context] = {}

    def to_tensor(matrix: sp.csr_matrix) -> Any:
        return torch.from_numpy(matrix.toarray()).to(device, dtype)

    def dense(matrix: Sparse | Tensor) -> Any:
        # The encoder asks nothing but `@` of a matrix, so that a tensor may stand for a sparse one.
        return matrix.to(dtype) if isinstance(matrix, Tensor) else to_tensor(matrix.to_scipy())

    def dense_context(context: Context) -> Context:
        # Paths that begin alike share contexts; so do their dense copies.
        if id(context) not in contexts:
            product = reduce(operator.matmul, [factor.to_scipy() for factor in context.factors])
            contexts[id(context)] = Context(context.node_type, (to_tensor(product),))
        return contexts[id(context)]

    features = {
        name: torch.eye(views.sizes[name], device=device, dtype=dtype) if x is None else dense(x)
        for name, x in views.features.items()
    }
    masked = dense(views.masked)
    if views.features[views.target] is None:
        masked = torch.diag(masked.squeeze(1))
    paths = tuple(
        replace(
            path,
            adjacency=dense(path.adjacency),
            masked=dense(path.masked),
            contexts=tuple(dense_context(one) for one in path.contexts),
        )
        for path in views.paths
    )
    return replace(views, features=features, masked=masked, paths=paths, coarse=dense(views.coarse))


def dense_objective(settings: ContrastSettings, module: nn.Module) -> DenseObjective:
    """Return the naive loss of the model that `settings` describe.

    Args:
        settings: of MEOW or AdaMEOW.
        module: the task's module; AdaMEOW's pair network is taken from it.

    Raises:
        UserError: for a model without a naive form.
    """
    objective = own_objective(settings)
    if isinstance(objective, MeowObjective):
        return lambda encoded: dense_meow(encoded, objective, plain_clusterings(encoded.fine, objective))
    network, temperature = pair_network(module), temperature_of(objective)
    return lambda encoded: dense_adameow(encoded, network, temperature)


def own_objective(settings: ContrastSettings) -> MeowObjective | AdaptiveObjective:
    """Return the objective of MEOW or AdaMEOW.

    Raises:
        UserError: for another model or objective, which has no naive form.
    """
    objective = getattr(settings, "objective", None)
    named = {"meow": MeowObjective, "adameow": AdaptiveObjective}.get(settings.model)
    if named is None or not isinstance(objective, MeowObjective | AdaptiveObjective) or type(objective) is not named:
        raise UserError(f"there is no dense form of {settings.model}; choose meow or adameow with its own objective")
    return objective


def temperature_of(objective: MeowObjective | AdaptiveObjective) -> float:
    """Return the temperature of the first epoch."""
    return temperature_at(objective.temperature, 0)


def dense_meow(
    encoded: EncodedViews, objective: MeowObjective, clusterings: Sequence[Clustering], *, piece: int | None = None
) -> Tensor:
    """Return MEOW's loss, given the clusterings of the fine view: N x N similarities and N x N hard weights.

    Args:
        piece: rows to hold at a time; all of them if null.
    """
    anchor, other, temperature = encoded.coarse, encoded.fine, temperature_of(objective)

    def contrast(rows: slice) -> Tensor:
        similarity = torch.exp(torch.mm(anchor[rows], other.T) / temperature)
        weights = torch.zeros_like(similarity)
        for one in clusterings:
            weights = weights + (one.assignment[rows, None] != one.assignment[None, :]).float()
        return -torch.log(similarity.diagonal(rows.start) / (weights * similarity).sum(dim=1))

    prototypes = torch.stack([_prototypes(anchor, one, temperature) for one in clusterings]).mean()
    return _mean(contrast, len(anchor), piece) + objective.prototype_weight * prototypes


def dense_adameow(
    encoded: EncodedViews, network: PairNetwork, temperature: float, *, piece: int | None = None
) -> Tensor:
    """Return AdaMEOW's loss: the network is fed the N x N x d tensor of all pairs' sums.

    Args:
        piece: rows to hold at a time; all of them if null.
    """
    anchor, other = encoded.fine, encoded.coarse

    def contrast(rows: slice) -> Tensor:
        similarity = torch.exp(torch.mm(anchor[rows], other.T) / temperature)
        pairs = anchor[rows, None, :] + other[None, :, :]
        weights = torch.sigmoid(network.second(torch.tanh(network.first(pairs)))).squeeze(2)
        return -torch.log(similarity.diagonal(rows.start) / (weights * similarity).sum(dim=1))

    return _mean(contrast, len(anchor), piece)


@torch.no_grad()
def plain_clusterings(points: Tensor, objective: MeowObjective) -> list[Clustering]:
    """Cluster by spherical k-means, one K and one start after the other, all iterations for each."""
    found = []
    for clusters in objective.clusters:
        runs = [_plain_kmeans(points, clusters, objective.iterations) for _ in range(objective.starts)]
        found.append(max(runs, key=lambda run: run.objective.item()))
    return found


def pair_network(module: nn.Module) -> PairNetwork:
    """Return the pair network within an AdaMEOW task's module."""
    return next(part for part in module.modules() if isinstance(part, PairNetwork))


def dense_step(task: ContrastTask, views: ViewSet, objective: DenseObjective) -> None:
    """Make one epoch's step on dense views with the task's own encoder and optimiser."""
    optimizer = task.optimizers["adam"]
    optimizer.zero_grad()
    objective(task.encoder(views)).backward()
    optimizer.step()


def _mean(losses: Callable[[slice], Tensor], count: int, piece: int | None) -> Tensor:
    """Average the rows' losses: all at once, or in pieces that are computed again for the backward pass."""
    if piece is None:
        return losses(slice(0, count)).mean()
    pieces = [slice(first, first + piece) for first in range(0, count, piece)]
    return torch.cat([checkpoint(losses, rows, use_reentrant=False) for rows in pieces]).mean()


def _plain_kmeans(points: Tensor, clusters: int, iterations: int) -> Clustering:
    centroids = points[torch.randperm(len(points), device=points.device)[:clusters]]
    for _ in range(iterations):
        assignment = torch.mm(points, centroids.T).argmax(dim=1)
        sums = torch.zeros_like(centroids).index_add_(0, assignment, points)
        empty = torch.bincount(assignment, minlength=clusters) == 0
        centroids = functional.normalize(torch.where(empty[:, None], centroids, sums), dim=1)
    similarity, assignment = torch.mm(points, centroids.T).max(dim=1)
    return Clustering(assignment, similarity, centroids, similarity.mean())


def _prototypes(anchor: Tensor, clustering: Clustering, temperature: float) -> Tensor:
    count, clusters = len(anchor), len(clustering.centroids)
    phi = _concentration(clustering, temperature)
    scores = torch.exp(torch.mm(anchor, clustering.centroids.T) / phi)
    own = scores.gather(1, clustering.assignment[:, None]).squeeze(1)
    return -torch.log(own / (count / clusters * scores.sum(dim=1))).mean()


def _concentration(clustering: Clustering, temperature: float) -> Tensor:
    """Return phi of every prototype, from an N x K membership matrix; all equal where no cluster has two members."""
    members = functional.one_hot(clustering.assignment, len(clustering.centroids)).float()
    size = members.sum(dim=0)
    spread = (members * clustering.similarity.clamp_min(0).sqrt()[:, None]).sum(dim=0)
    phi = spread / size.clamp_min(1) / torch.log(size + 5)
    several = size > 1
    if not several.any() or phi[several].max() <= 0:
        return torch.full_like(phi, temperature)
    phi = torch.where(several, phi, phi[several].max())
    phi = phi.clamp(torch.quantile(phi, 0.1), torch.quantile(phi, 0.9))
    mean = float(phi.mean())
    return phi * (temperature / mean) if mean > 0 and math.isfinite(mean) else torch.full_like(phi, temperature)
