"""Each point's most similar centroid, found anew or from where it was before the centroids moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import torch
from torch import Tensor

SCORES = 2**21
"""Similarities that are held at a time where the caller does not say how many points a block has."""


@dataclass(frozen=True)
class Assignment:
    """S x N: the nearest centroid of every point in each of S runs, and its similarity."""

    index: Tensor
    similarity: Tensor


def assign(points: Tensor, centroids: Tensor, sizes: Sequence[int], block: int | None) -> Assignment:
    """Compare every point with every centroid; the runs, `sizes` centroids each, share one product a block."""
    count = points.shape[0]
    block = block or _block(centroids)
    index = torch.empty(len(sizes), count, dtype=torch.int64, device=points.device)
    similarity = torch.empty(len(sizes), count, dtype=points.dtype, device=points.device)
    for start in range(0, count, block):
        rows = slice(start, min(start + block, count))
        scores = points[rows] @ centroids.T
        for run, part in enumerate(scores.split(list(sizes), dim=1)):
            similarity[run, rows], index[run, rows] = _largest(part)
    return Assignment(index, similarity)


def reassign(
    points: Tensor, before: Assignment, old: Tensor, new: Tensor, sizes: Sequence[int], block: int | None
) -> Assignment:
    """Return what `assign` gives for the new centroids, but for rounding, without most of its products.

    Late iterations move few centroids. A point whose own centroid did not lose similarity need only look at those
    that moved, for the others are no nearer than they were. How many points and centroids that leaves is asked of the
    device, so this is for the CPU.
    """
    index, similarity = before.index.clone(), before.similarity.clone()
    for run, (first, last) in enumerate(pairwise(accumulate(sizes, initial=0))):
        centroids = new[first:last]
        has_moved = (old[first:last] != centroids).any(dim=1)
        moved = has_moved.nonzero().squeeze(1)
        if 2 * len(moved) > len(centroids):
            similarity[run], index[run] = _nearest(points, centroids, block)
        elif len(moved):
            _follow(points, centroids, moved, has_moved, index[run], similarity[run], block)
    return Assignment(index, similarity)


def _follow(
    points: Tensor,
    centroids: Tensor,
    moved: Tensor,
    has_moved: Tensor,
    index: Tensor,
    similarity: Tensor,
    block: int | None,
) -> None:
    """Bring one run's `index` and `similarity` up to date in place."""
    carried = has_moved[index].nonzero().squeeze(1)
    own = (points[carried] * centroids[index[carried]]).sum(dim=1)
    lost = carried[own < similarity[carried]]
    similarity[carried] = own
    rival, position = _nearest(points, centroids[moved], block)
    won = (rival > similarity).nonzero().squeeze(1)
    similarity[won], index[won] = rival[won], moved[position[won]]
    similarity[lost], index[lost] = _nearest(points[lost], centroids, block)


def _nearest(points: Tensor, centroids: Tensor, block: int | None) -> tuple[Tensor, Tensor]:
    found = [_largest(rows @ centroids.T) for rows in points.split(block or _block(centroids))]
    return torch.cat([best for best, _ in found]), torch.cat([where for _, where in found])


def _largest(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Return each row's largest score and its column, the first of several."""
    if scores.device.type != "cpu" or scores.dtype == torch.bfloat16:
        largest = scores.max(dim=1)
        return largest.values, largest.indices
    # NumPy compares many columns at a time, PyTorch on a CPU one after the other: up to 9 times as long.
    where = torch.from_numpy(scores.numpy().argmax(axis=1))
    return scores.gather(1, where[:, None]).squeeze(1), where


def _block(centroids: Tensor) -> int:
    return max(64, SCORES // len(centroids))
