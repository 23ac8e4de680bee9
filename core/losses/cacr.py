"""CACR: far positives are attracted and near negatives repelled, each in proportion to its share of the group."""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.losses.blockwise import blockwise_mean


def cacr(
    views: Sequence[Tensor],
    *,
    attraction: float = 1.0,
    repulsion: float = 2.0,
    fixed_weights: bool = False,
    block: int | None = None,
) -> Tensor:
    """Return the contrastive attraction less the contrastive repulsion of views whose rows i are positives.

    With the cost ``c(x, y) = |x - y|^2`` and every row x of every view as the query in turn,
    ``mean_x ( sum_k p_k c(x, x+_k) - sum_j q_j c(x, x-_j) )``, where ``p_k ~ exp(t+ c(x, x+_k))`` runs over the query's
    own rows in the other views and ``q_j ~ exp(-t- c(x, x-_j))`` over the other rows of one other view; the second sum
    is averaged over the other views (Zheng et al., *Contrastive Attraction and Contrastive Repulsion for
    Representation Learning*, TMLR 2023, arXiv 2105.03746: the two conditional distributions and the Euclidean cost).

    On unit vectors ``c = 2 - 2 cos``, so that ``t-`` acts as InfoNCE's temperature ``1 / (2 t-)`` does. With ``t+ = t-
    = 0`` all weights are uniform: the mean distance of positives less that of negatives. With two views there is one
    positive, whatever ``t+`` is. With fixed weights and two views the gradient is that of the decoupled contrastive
    loss ``c(x, x+) + log( sum_j exp(-t- c(x, x-_j)) ) / t-``.

    Args:
        views: two views at least; normalise their rows, or nothing bounds the loss from below.
        attraction: ``t+``, how much more a farther positive counts; an inverse squared distance, 0 or more.
        repulsion: ``t-``, how much more a nearer negative counts; an inverse squared distance, 0 or more.
        fixed_weights: let no gradient through the weights. The authors' code has both forms.
        block: rows a block; memory is O(N x block), the result does not depend on it.

    Shapes:
        views: N x d each, N at least 2 -> scalar.

    Raises:
        ValueError: when shapes disagree, there are fewer than two views or rows, or a scale or the block is negative.

    >>> views = torch.eye(4)
    >>> cacr([views, views]).item()  # positives lie at distance 0, all negatives at 2
    -2.0
    """
    _check(views, attraction, repulsion)
    numbers = torch.arange(len(views[0]), device=views[0].device)

    def repelled(rows: Tensor, own: Tensor, columns: Tensor, lengths: Tensor) -> Tensor:
        # The cost less the query's own square, which moves no weight.
        costs = torch.addmm(lengths[:, None], columns, rows.T, alpha=-2)
        weights = (-repulsion * costs).scatter(0, own[None], -torch.inf).softmax(dim=0)
        if fixed_weights:
            weights = weights.detach()
        return (weights * costs).sum(dim=0)

    # Autocast would round the distances before their exponentials are added up.
    with torch.autocast(views[0].device.type, enabled=False):
        squares = [view.square().sum(dim=1) for view in views]
        pairs = [(query, other) for query in range(len(views)) for other in range(len(views)) if query != other]
        total = torch.stack([_attracted(views, query, attraction, fixed_weights) for query in range(len(views))]).mean()
        total = total - torch.stack(squares).mean()
        for query, other in pairs:
            mean = blockwise_mean(repelled, [views[query], numbers], [views[other], squares[other]], block=block)
            total = total - mean / len(pairs)
        return total


def _attracted(views: Sequence[Tensor], query: int, attraction: float, fixed_weights: bool) -> Tensor:
    """Return the mean over the rows of one view of the weighted costs of their positives."""
    positives = torch.stack([view for number, view in enumerate(views) if number != query])
    costs = (positives - views[query]).square().sum(dim=2)
    weights = (attraction * costs).softmax(dim=0)
    return ((weights.detach() if fixed_weights else weights) * costs).sum(dim=0).mean()


def _check(views: Sequence[Tensor], attraction: float, repulsion: float) -> None:
    shapes = [tuple(view.shape) for view in views]
    if len(views) < 2 or len(set(shapes)) != 1 or len(shapes[0]) != 2:
        raise ValueError(f"expected two N x d views at least, got {shapes}")
    if shapes[0][0] < 2:
        raise ValueError("the repulsion needs negatives: two rows at least")
    if attraction < 0 or repulsion < 0:
        raise ValueError(f"attraction and repulsion must not be negative, got {attraction} and {repulsion}")
