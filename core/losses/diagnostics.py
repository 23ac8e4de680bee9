"""What a contrastive loss does to its vectors: alignment, uniformity and tolerance."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from core.losses.blockwise import block_rows
from core.losses.info_nce import check_views


def alignment(anchor: Tensor, other: Tensor, *, power: float = 2.0) -> Tensor:
    """Return ``mean_i |a_i - o_i|^power``: how far the two views of one instance are; 0 at best.

    Wang and Isola, *Understanding Contrastive Representation Learning through Alignment and Uniformity on the
    Hypersphere*, ICML 2020, arXiv 2005.10242 (the alignment loss; their power is 2).

    Args:
        anchor, other: the two views, with rows of length 1.

    Shapes:
        anchor, other: N x d -> scalar.

    Raises:
        ValueError: when shapes disagree, there are no rows or the power is not positive.

    >>> alignment(torch.eye(4), torch.eye(4).flip(0)).item()  # right angles
    2.0
    """
    check_views(anchor, other, 1.0)
    if len(anchor) == 0:
        raise ValueError("a mean over no rows is undefined")
    if power <= 0:
        raise ValueError(f"the power must be positive, got {power}")
    if power == 2:
        return (anchor - other).square().sum(dim=1).mean()
    return torch.linalg.vector_norm(anchor - other, dim=1).pow(power).mean()


def uniformity(rows: Tensor, *, scale: float = 2.0, block: int | None = None) -> Tensor:
    """Return ``log mean_{i != j} exp(-scale |x_i - x_j|^2)``: how evenly the rows fill the sphere; the lower, the more.

    Between 0, where all rows are one point, and about ``-2 scale`` for many rows in many dimensions (Wang and Isola,
    *Understanding Contrastive Representation Learning through Alignment and Uniformity on the Hypersphere*, ICML
    2020, arXiv 2005.10242, the uniformity loss, over distinct pairs as in their code; their scale is t = 2). Wang and
    Liu, *Understanding the Behaviour of Contrastive Loss*, CVPR 2021, use it with t = 2 as well.

    Args:
        rows: vectors of length 1.
        scale: t, positive; how fast a pair's share falls with its distance.
        block: rows a block; memory is O(N x block), the result does not depend on it. Time is O(N^2 d): of very many
            rows, pass a random sample.

    Shapes:
        rows: N x d, N at least 2 -> scalar.

    Raises:
        ValueError: when the shape is wrong, there are no pairs, or scale or block size are not positive.

    >>> round(uniformity(torch.eye(4)).item(), 4)  # all pairs at right angles
    -4.0
    """
    if rows.dim() != 2 or len(rows) < 2:
        raise ValueError(f"expected N x d rows, N at least 2, got {tuple(rows.shape)}")
    if scale <= 0:
        raise ValueError(f"the scale must be positive, got {scale}")
    block = block_rows(len(rows), block)
    # Autocast would round the products, and distances are small differences between them.
    with torch.autocast(rows.device.type, enabled=False):
        result: Tensor = _LogMeanPotential.apply(rows, scale, block)
    return result


def tolerance(rows: Tensor, labels: Tensor) -> Tensor:
    """Return the mean similarity ``x_i.x_j`` of distinct rows that share a label: how close alike instances may stay.

    Wang and Liu, *Understanding the Behaviour of Contrastive Loss*, CVPR 2021, arXiv 2012.09740, the tolerance; labels
    may be classes or the clusters of a clustering. The paper writes the expectation of the similarity times whether
    labels agree; this is the mean over the pairs that do agree, which does not shrink as classes grow in number.
    Sums over a class make it exact in O(N d), without pairs.

    Args:
        rows: vectors of length 1.
        labels: integers, one a row; rows of negative label take no part.

    Shapes:
        rows: N x d; labels: N -> scalar, nan where no two rows share a label.

    Raises:
        ValueError: when shapes disagree or labels are not integers.

    >>> tolerance(torch.eye(4)[[0, 0, 1, 2]], torch.tensor([0, 0, 1, 1])).item()  # one pair of copies, one apart
    0.5
    """
    if rows.dim() != 2 or labels.shape != rows.shape[:1]:
        raise ValueError(f"expected N x d rows and N labels, got {tuple(rows.shape)} and {tuple(labels.shape)}")
    if labels.dtype.is_floating_point or labels.dtype.is_complex or labels.dtype == torch.bool:
        raise ValueError(f"labels must be integers, got {labels.dtype}")
    ordered, order = labels.sort()
    # Numbers of the labels that occur, 0, 1, ...: at most N, so that no size needs to be read from the device.
    changes = (ordered[1:] != ordered[:-1]).long().cumsum(0)
    groups = torch.cat([torch.zeros_like(ordered[:1], dtype=torch.long), changes])
    counted = (ordered >= 0).to(rows.dtype)
    members = rows.index_select(0, order) * counted[:, None]
    sums = torch.zeros_like(members).index_add(0, groups, members)
    sizes = torch.zeros_like(counted).index_add(0, groups, counted)
    pairs = (sizes * (sizes - 1)).sum()
    return (sums.square().sum() - members.square().sum()) / pairs


class _LogMeanPotential(torch.autograd.Function):
    """``log mean_{i != j} exp(-t |x_i - x_j|^2)`` in row blocks; gradients are made with the values."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, scale: float, block: int) -> Tensor:
        # Distances do not change, and products lose fewer digits, when the rows' mean is their origin.
        centred = rows - rows.mean(dim=0)
        lengths, gradient = centred.square().sum(dim=1), torch.zeros_like(rows)
        top, total = rows.new_full((), -torch.inf), rows.new_zeros(())
        for start in range(0, len(rows), block):
            anchors = centred[start : start + block]
            scores = (centred @ anchors.T).mul_(2).sub_(lengths[:, None]).sub_(lengths[start : start + block])
            scores = scores.clamp_(max=0).mul_(scale)
            scores[start : start + block].fill_diagonal_(-torch.inf)
            # Sums so far are rescaled when a closer pair than any before turns up.
            largest = torch.maximum(top, scores.amax())
            rescale = (top - largest).exp()
            top = largest
            potentials = scores.sub_(top).exp_()
            sums = potentials.sum(dim=0)
            total = total * rescale + sums.sum()
            if ctx.needs_input_grad[0]:
                gradient *= rescale
                gradient[start : start + block] = potentials.T @ centred - sums[:, None] * anchors
        ctx.save_for_backward(gradient * (4 * scale / total))
        return total.log() + top - math.log(len(rows) * (len(rows) - 1))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * grad, None, None
