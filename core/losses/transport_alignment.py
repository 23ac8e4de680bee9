"""BECLR's OpTA: the prototypes of a few labelled rows, moved to where the unlabelled ones are."""

import torch
from torch import Tensor

from core.losses.sinkhorn import sinkhorn_assignments


def class_means(rows: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Return the mean row of every class; 0 where a class has none.

    Shapes:
        rows: S x d; labels: S, values in 0..classes-1 -> classes x d.

    >>> class_means(torch.tensor([[1.0], [3.0], [5.0]]), torch.tensor([0, 0, 1]), 2).tolist()
    [[2.0], [5.0]]
    """
    sums = rows.new_zeros(classes, rows.shape[1]).index_add_(0, labels, rows)
    sizes = rows.new_zeros(classes).index_add_(0, labels, rows.new_ones(len(labels)))
    return sums / sizes.clamp_min(1)[:, None]


@torch.no_grad()
def align_prototypes(
    prototypes: Tensor, queries: Tensor, *, regularisation: float = 0.05, passes: int = 1, iterations: int = 100
) -> Tensor:
    """Return the class prototypes carried over to the queries by optimal transport.

    The entropic plan between prototypes and queries, all of equal mass, with the squared Euclidean distance over its
    largest value as the cost; each prototype then becomes the mean of the queries, weighted with its part of the plan
    (Poulakakis-Daktylidis and Jamali-Rad, *BECLR: Batch Enhanced Contrastive Few-Shot Learning*, ICLR 2024, arXiv
    2402.02444, section 4; cost and regularisation are those of the authors' code, which makes one pass; the paper
    repeats it from the prototypes found). Equal masses suppose that the queries' classes are about equally frequent.

    Args:
        prototypes: :func:`class_means` of the labelled rows. Leading dimensions (...) hold episodes, each by itself.
        queries: the unlabelled rows.
        regularisation: the entropy's weight, relative to the largest cost.
        passes: how often the prototypes are carried over.
        iterations: Sinkhorn's iterations; the less the regularisation, the more it takes (the authors: up to 1000).

    Shapes:
        prototypes: ... x C x d; queries: ... x Q x d -> ... x C x d.

    Raises:
        ValueError: when shapes disagree, or regularisation, passes or iterations are not positive.

    >>> queries = torch.tensor([[0.1], [0.3], [1.7], [1.9]])
    >>> align_prototypes(torch.tensor([[0.0], [1.0]]), queries).round(decimals=1)
    tensor([[0.2000],
            [1.8000]])
    """
    if passes < 1:
        raise ValueError(f"there must be one pass at least, got {passes}")
    episodes = prototypes.shape[:-2] == queries.shape[:-2] and prototypes.dim() == queries.dim() >= 2
    if not episodes or prototypes.shape[-1] != queries.shape[-1] or queries.shape[-2] == 0:
        raise ValueError(
            f"expected ... x C x d prototypes and ... x Q x d queries, got {(*prototypes.shape,)} and "
            f"{(*queries.shape,)}"
        )
    with torch.autocast(queries.device.type, enabled=False):
        # Distances do not see a shift, but products lose digits to it.
        middle = queries.mean(dim=-2, keepdim=True)
        found, points = prototypes - middle, queries - middle
        for _ in range(passes):
            largest = torch.cdist(points, found).square().amax(dim=(-2, -1), keepdim=True)
            # -|q - p|^2 is 2 q.p but for terms of q and of p alone, and those the plan's margins undo.
            directions = found * (2 / largest.clamp_min(torch.finfo(points.dtype).tiny))
            plan = sinkhorn_assignments(points, directions, epsilon=regularisation, iterations=iterations)
            found = plan.mT @ points / plan.sum(dim=-2)[..., None]
        return found + middle
