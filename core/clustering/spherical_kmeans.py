"""Spherical k-means on the device: several K and several starts in one batched run."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.clustering.assignment import Assignment, assign, reassign
from core.errors import UserError


@dataclass(frozen=True)
class Clustering:
    """One clustering of N points on the unit sphere into K clusters.

    Shapes:
        assignment: N int64, values in 0..K-1; similarity: N, cosine of each point to its centroid;
        centroids: K x d, unit norm; objective: scalar, the mean of ``similarity``.
    """

    assignment: Tensor
    similarity: Tensor
    centroids: Tensor
    objective: Tensor


@torch.no_grad()
def spherical_kmeans(
    points: Tensor,
    clusters: Sequence[int],
    *,
    starts: int = 2,
    iterations: int = 20,
    generator: torch.Generator | None = None,
    block: int | None = None,
) -> list[Clustering]:
    """Cluster unit vectors by cosine similarity, for every K in ``clusters`` at once.

    Lloyd's iterations on the sphere (Dhillon and Modha, *Concept Decompositions for Large Sparse Text Data Using
    Clustering*, 2001): assign each point to the most similar centroid, replace each centroid by its points'
    normalised sum. A start draws K distinct points. An empty cluster takes over the point that its own centroid
    fits worst. Every start makes a quarter of the iterations; then each K goes on with the start that has the
    largest mean similarity, for starts differ most in how well they begin. On CUDA all runs of all K share one matrix
    product an iteration, and nothing is synchronised with the host; on a CPU an iteration computes the similarities
    that the moved centroids can have changed.

    Args:
        points: unit-norm rows.
        clusters: the numbers of clusters, each from 1 to N.
        starts: independent starts for each K.
        iterations: Lloyd's iterations for each start.
        generator: source of the starts, a *CPU* generator whatever the points' device; same state, same result.
        block: points a block of the assignment step; memory is O(block x starts x sum K).

    Shapes:
        points: N x d -> one :class:`Clustering` for each K, in order.

    Raises:
        UserError: when there are fewer points than clusters.
    """
    count = points.shape[0]
    if not clusters or min(clusters) < 1:
        raise UserError(f"the numbers of clusters must be positive, got {list(clusters)}")
    if max(clusters) > count:
        raise UserError(
            f"{count} points cannot fill {max(clusters)} clusters; choose at most {count} (objective.clusters)"
        )
    sizes = [size for size in clusters for _ in range(starts)]
    chosen = torch.cat([torch.randperm(count, generator=generator)[:size] for size in sizes])
    trial = iterations // 4 if starts > 1 else 0
    centroids = points[chosen.to(points.device, non_blocking=True)]
    centroids, found = _lloyd(points, centroids, assign(points, centroids, sizes, block), sizes, trial, block)
    if starts > 1:
        centroids, found = _best_starts(found, centroids, clusters, starts)
        sizes = list(clusters)
    centroids, found = _lloyd(points, centroids, found, sizes, iterations - trial, block)
    return [
        Clustering(index, similarity, part, similarity.mean())
        for index, similarity, part in zip(found.index, found.similarity, centroids.split(sizes), strict=True)
    ]


def _lloyd(
    points: Tensor, centroids: Tensor, found: Assignment, sizes: list[int], iterations: int, block: int | None
) -> tuple[Tensor, Assignment]:
    for _ in range(iterations):
        old, centroids = centroids, _update(points, found, centroids, sizes)
        if points.device.type == "cpu":
            found = reassign(points, found, old, centroids, sizes, block)
        else:
            found = assign(points, centroids, sizes, block)
    return centroids, found


def _update(points: Tensor, found: Assignment, old: Tensor, sizes: list[int]) -> Tensor:
    """Return each cluster's normalised sum; an empty cluster takes the worst-fitting point of its run."""
    total = torch.zeros_like(old)
    population = torch.zeros(old.shape[0], dtype=points.dtype, device=points.device)
    ones = torch.ones(points.shape[0], dtype=points.dtype, device=points.device)
    first = 0
    for run, size in enumerate(sizes):
        part = slice(first, first + size)
        total[part].index_add_(0, found.index[run], points)
        population[part].index_add_(0, found.index[run], ones)
        empty = population[part] == 0
        worst = torch.topk(found.similarity[run], size, largest=False).indices
        # The r-th empty cluster of a run takes the run's r-th worst point.
        rank = (empty.cumsum(0) - 1).clamp_min(0)
        total[part] = torch.where(empty[:, None], points[worst[rank]], total[part])
        first += size
    norm = total.norm(dim=1, keepdim=True)
    return torch.where(norm > 0, total / norm.clamp_min(1e-12), old)


def _best_starts(
    found: Assignment, centroids: Tensor, clusters: Sequence[int], starts: int
) -> tuple[Tensor, Assignment]:
    """Keep, for every K, the run with the largest mean similarity, without asking the host which it is."""
    kept: list[Tensor] = []
    index, similarity = [], []
    first = 0
    for number, size in enumerate(clusters):
        runs = slice(number * starts, (number + 1) * starts)
        best = found.similarity[runs].mean(dim=1).argmax().view(1)
        stacked = centroids[first : first + size * starts].view(starts, size, -1)
        kept.append(stacked.index_select(0, best).squeeze(0))
        index.append(found.index[runs].index_select(0, best))
        similarity.append(found.similarity[runs].index_select(0, best))
        first += size * starts
    return torch.cat(kept), Assignment(torch.cat(index), torch.cat(similarity))
