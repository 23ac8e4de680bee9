"""InfoNCE, plain and with hard per-pair weights, in row blocks."""

from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from core.losses.blockwise import blockwise_mean

Shift = Literal["none", "largest", "counted"]
"""What is taken off the scores before their exponentials: nothing, a row's largest, or its largest of weight not 0."""


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
    check_views(anchor, other, temperature)

    def denominator(rows: Tensor, columns: Tensor) -> Tensor:
        return torch.logsumexp(columns @ (rows / temperature).T, dim=0)

    return blockwise_mean(denominator, [anchor], [other], block=block) - mean_positive(anchor, other, temperature)


def weighted_info_nce(
    anchor: Tensor, other: Tensor, assignments: Tensor, *, temperature: float, block: int | None = None
) -> Tensor:
    """Return InfoNCE with MEOW's hard weights: a pair counts as often as clusterings keep it apart.

    ``mean_i -log( exp(a_i.o_i / t) / sum_j w_ij exp(a_i.o_j / t) )`` with ``w_ij`` the number of clusterings in
    which i and j lie in different clusters, hence ``w_ii = 0`` (Yu et al., *Heterogeneous Graph Contrastive
    Learning with Meta-path Contexts and Adaptively Weighted Negative Samples*, arXiv 2212.13847). The weights are
    made block by block from the assignments and never stored.

    Half-precision views are compared in float32, which tells cluster numbers apart up to 2^24.

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
    check_views(anchor, other, temperature)
    if assignments.dim() != 2 or assignments.shape[1] != anchor.shape[0]:
        raise ValueError(f"expected assignments of shape C x {anchor.shape[0]}, got {tuple(assignments.shape)}")
    if anchor.dtype.itemsize < 4:
        anchor, other = anchor.float(), other.float()
    # As floats, whole numbers compare exactly and straight into the weights: no booleans to convert.
    numbers = assignments.to(anchor.dtype)
    shift: Shift = "counted" if spreads_far(anchor, other, temperature) else "none"

    def denominator(rows: Tensor, own: Tensor, columns: Tensor, clusters: Tensor) -> Tensor:
        return weighted_logsumexp(columns @ (rows / temperature).T, _separations(own, clusters), shift=shift)

    total = blockwise_mean(denominator, [anchor, numbers.T.contiguous()], [other, numbers], block=block)
    return total - mean_positive(anchor, other, temperature)


def spreads_far(anchor: Tensor, other: Tensor, temperature: float) -> bool:
    """Return whether a score may lie beyond plus or minus 20, well within what sums of exponentials can hold (e^88).

    While none does, scores need no shift, and looking for it takes a quarter of the time of the whole loss. On CUDA
    that is cheap, and the lengths of the rows are not asked for; half-precision numbers end too early.
    """
    if anchor.device.type != "cpu" or anchor.dtype.itemsize < 4:
        return True
    with torch.no_grad():
        lengths = anchor.norm(dim=1).amax() * other.norm(dim=1).amax()
    return not float(lengths) / temperature < 20


def _separations(own: Tensor, clusters: Tensor) -> Tensor:
    """Count the clusterings that part each node from each row of the block: b x C and C x N -> N x b."""
    weights: Tensor | None = None
    for rows, columns in zip(own.T.contiguous(), clusters, strict=True):
        apart = torch.empty(len(columns), len(rows), dtype=columns.dtype, device=columns.device)
        torch.ne(columns[:, None], rows, out=apart)
        weights = apart if weights is None else weights.add_(apart)
    if weights is None:
        raise ValueError("the weights need at least one clustering")
    return weights


def weighted_logsumexp(scores: Tensor, weights: Tensor, *, shift: Shift) -> Tensor:
    """Return ``log sum_j w_ji exp(s_ji)`` for a block of rows i.

    Columns come first: a tall product is twice as fast as a wide one. ``scores`` is overwritten.

    Args:
        shift: "none" where no score lies beyond plus or minus 20 (see :func:`spreads_far`); "counted" where scores of
            weight 0 may lie so far above the others that they must be left out at once.

    Shapes:
        scores, weights (non-negative): N x b -> b.
    """
    if shift == "none":
        unshifted: Tensor = _WeightedSumOfExponentials.apply(scores, weights, None)
        return unshifted.log()
    counted = scores.detach()
    if shift == "counted":
        # A score that does not count could push all that do below the smallest exponential, or be above the largest.
        counted.masked_fill_(weights == 0, -torch.inf)
    top = counted.amax(dim=0).clamp_min(torch.finfo(scores.dtype).min)
    total: Tensor = _WeightedSumOfExponentials.apply(scores, weights, top)
    return total.log() + top


class _WeightedSumOfExponentials(torch.autograd.Function):
    """``sum_j w_ji exp(s_ji - t_i)`` with two or three passes over the block's entries, where autograd makes five.

    Without ``top`` the scores are taken as they are.
    """

    @staticmethod
    def forward(ctx: Any, scores: Tensor, weights: Tensor, top: Tensor | None) -> Tensor:
        ctx.weighs = ctx.needs_input_grad[1]
        shifted = scores.detach() if top is None else scores.detach().sub_(top)
        exponentials = shifted.exp_()
        if ctx.weighs:
            ctx.save_for_backward(exponentials, weights)
            return (exponentials * weights).sum(dim=0)
        ctx.save_for_backward(exponentials.mul_(weights))
        return exponentials.sum(dim=0)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor | None, None]:
        if not ctx.weighs:
            (weighted,) = ctx.saved_tensors
            return weighted.mul_(grad), None, None
        exponentials, weights = ctx.saved_tensors
        of_weights = exponentials.mul_(grad)
        return of_weights * weights, of_weights, None


def mean_positive(anchor: Tensor, other: Tensor, temperature: float) -> Tensor:
    """Return ``mean_i a_i.o_i / t``: the positives' part, which needs no N x N matrix."""
    return (anchor * other).sum(dim=1).mean() / temperature


def check_views(anchor: Tensor, other: Tensor, temperature: float) -> None:
    """Refuse views of different or wrong shapes and temperatures that are not positive (ValueError)."""
    if anchor.dim() != 2 or anchor.shape != other.shape:
        raise ValueError(f"expected two N x d views, got {tuple(anchor.shape)} and {tuple(other.shape)}")
    if temperature <= 0:
        raise ValueError(f"the temperature must be positive, got {temperature}")
