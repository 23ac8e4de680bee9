"""InfoNCE, plain and with hard per-pair weights, in row blocks."""

import torch
from torch import Tensor

from core.losses.blockwise import blockwise_mean


def info_nce(anchor: Tensor, other: Tensor, *, temperature: float, block: int | None = None) -> Tensor:
    """Return the InfoNCE loss between two views whose rows i are positives of each other.

    ``mean_i -log( exp(a_i.o_i / t) / sum_j exp(a_i.o_j / t) )`` (van den Oord et al., *Representation Learning
    with Contrastive Predictive Coding*, 2018, equation 4). Negatives are the other view's rows; the positive stays
    in the denominator.

    Args:
        anchor, other: the two views; normalise their rows for cosine similarity.
        temperature: positive scale of the similarities.
        block: rows a block; memory is O(N x block), the result does not depend on it.

    Shapes:
        anchor, other: N x d -> scalar.

    >>> views = torch.eye(4)
    >>> round(info_nce(views, views, temperature=1.0).item(), 4)  # log(e + 3) - 1
    0.7437
    """
    _check(anchor, other, temperature)

    def loss(start: int, rows: Tensor, columns: Tensor) -> Tensor:
        scores = (rows / temperature) @ columns.T
        return torch.logsumexp(scores, dim=1) - _positives(scores, start)

    return blockwise_mean(loss, [anchor], [other], block=block)


def weighted_info_nce(
    anchor: Tensor, other: Tensor, assignments: Tensor, *, temperature: float, block: int | None = None
) -> Tensor:
    """Return InfoNCE with MEOW's hard weights: a pair counts as often as clusterings keep it apart.

    ``mean_i -log( exp(a_i.o_i / t) / sum_j w_ij exp(a_i.o_j / t) )`` with ``w_ij`` the number of clusterings in
    which i and j lie in different clusters, hence ``w_ii = 0`` (Yu et al., *Heterogeneous Graph Contrastive
    Learning with Meta-path Contexts and Adaptively Weighted Negative Samples*, arXiv 2212.13847). The weights are
    made block by block from the assignments and never stored.

    Args:
        assignments: cluster numbers of every row, one line a clustering; integers, without gradient.

    Shapes:
        anchor, other: N x d; assignments: C x N -> scalar.

    Raises:
        ValueError: when shapes disagree or the temperature is not positive.

    >>> views = torch.eye(4)
    >>> clusters = torch.tensor([[0, 0, 1, 1]])
    >>> round(weighted_info_nce(views, views, clusters, temperature=1.0).item(), 4)  # log(2) - 1
    -0.3069
    """
    _check(anchor, other, temperature)
    if assignments.dim() != 2 or assignments.shape[1] != anchor.shape[0]:
        raise ValueError(f"expected assignments of shape C x {anchor.shape[0]}, got {tuple(assignments.shape)}")
    # As floats, whole numbers compare exactly (up to 2^24) and without a pass that converts booleans.
    numbers = assignments.to(anchor.dtype)

    def loss(start: int, rows: Tensor, own: Tensor, columns: Tensor, clusters: Tensor) -> Tensor:
        scores = (rows / temperature) @ columns.T
        return _weighted_row_losses(scores, _separations(own, clusters), start)

    return blockwise_mean(loss, [anchor, numbers.T.contiguous()], [other, numbers], block=block)


def _separations(own: Tensor, clusters: Tensor) -> Tensor:
    """Count the clusterings that part each row of the block from each node: b x C and C x N -> b x N."""
    weights = (own[:, 0, None] - clusters[0]).abs_().clamp_(max=1)
    for index in range(1, clusters.shape[0]):
        weights += (own[:, index, None] - clusters[index]).abs_().clamp_(max=1)
    return weights


def _weighted_row_losses(scores: Tensor, weights: Tensor, start: int) -> Tensor:
    """Return ``log sum_j w_ij exp(s_ij) - s_ii`` of each row of a block, from b x N scores and weights."""
    top = scores.detach().amax(dim=1, keepdim=True)
    total = (weights * torch.exp(scores - top)).sum(dim=1)
    return total.log() + top.squeeze(1) - _positives(scores, start)


def _positives(scores: Tensor, start: int) -> Tensor:
    """Return the entries (i, start + i) of a block of rows."""
    return torch.diagonal(scores, offset=start)


def _check(anchor: Tensor, other: Tensor, temperature: float) -> None:
    if anchor.dim() != 2 or anchor.shape != other.shape:
        raise ValueError(f"expected two N x d views, got {tuple(anchor.shape)} and {tuple(other.shape)}")
    if temperature <= 0:
        raise ValueError(f"the temperature must be positive, got {temperature}")
