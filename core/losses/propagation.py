"""PixPro's propagation consistency: a row smoothed over its neighbourhood agrees with its twin, left as it is."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from core.losses.blockwise import block_rows


def propagate(
    rows: Tensor, values: Tensor, edges: Tensor, *, sharpness: float = 2.0, block: int | None = None
) -> Tensor:
    """Return ``y_i = v_i + sum_j max(cos(x_i, x_j), 0)^sharpness v_j`` over the neighbours j of every row i.

    Source: Xie et al., *Propagate Yourself: Exploring Pixel-Level Consistency for Unsupervised Visual Representation
    Learning*, CVPR 2021, arXiv 2011.10043, equations 3 and 4, with a given neighbourhood where the paper takes all
    pixels of the image. As there, a row is in its own neighbourhood, with similarity 1: edges need not say so.

    Args:
        rows: what is compared, x.
        values: what is passed on, v = g(x).
        edges: pairs (i, j), j a neighbour of i, in any order; a pair named twice counts twice.
        sharpness: the exponent (the paper's gamma), positive.
        block: edges a block; memory is O(block x (d + w) + E), the result does not depend on it.

    Shapes:
        rows: N x d; values: N x w; edges: 2 x E, int64 -> N x w.

    Raises:
        ValueError: when shapes disagree, or sharpness or block size are not positive.

    >>> rows = torch.tensor([[1.0, 0.0], [0.6, 0.8], [-1.0, 0.0]])
    >>> propagate(rows, torch.eye(3), torch.tensor([[0, 0], [1, 2]])).round(decimals=4)[0].tolist()
    [1.0, 0.36000001430511475, 0.0]
    """
    if rows.dim() != 2 or values.dim() != 2 or len(rows) != len(values):
        raise ValueError(f"expected N x d rows and N x w values, got {tuple(rows.shape)} and {tuple(values.shape)}")
    if edges.dim() != 2 or len(edges) != 2:
        raise ValueError(f"expected edges of shape 2 x E, got {tuple(edges.shape)}")
    if sharpness <= 0:
        raise ValueError(f"the sharpness must be positive, got {sharpness}")
    block = block_rows(rows.shape[1] + values.shape[1], block)
    # Autocast would round the similarities before the power.
    with torch.autocast(rows.device.type, enabled=False):
        units = functional.normalize(rows, dim=1)
        result: Tensor = _Propagate.apply(units, values.to(units.dtype), edges, sharpness, block)
    return result


class _Propagate(torch.autograd.Function):
    """Rows are gathered block by block, again in the backward pass, so that no E x d tensor is ever there."""

    @staticmethod
    def forward(ctx: Any, units: Tensor, values: Tensor, edges: Tensor, sharpness: float, block: int) -> Tensor:
        result = values.clone()
        for to, source in edges.split(block, dim=1):
            weights = (units[to] * units[source]).sum(dim=1).clamp_min_(0).pow_(sharpness)
            result.index_add_(0, to, weights[:, None] * values[source])
        ctx.save_for_backward(units, values, edges)
        ctx.sharpness, ctx.block = sharpness, block
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        units, values, edges = ctx.saved_tensors
        by_units, by_values = torch.zeros_like(units), grad.clone()
        for to, source in edges.split(ctx.block, dim=1):
            ends, begins, arriving = units[to], units[source], grad[to]
            cosines = (ends * begins).sum(dim=1).clamp_min_(0)
            by_values.index_add_(0, source, cosines.pow(ctx.sharpness)[:, None] * arriving)
            # At 0 the power has a kink or, for exponents below 1, no slope at all: none is taken.
            slopes = torch.where(cosines > 0, ctx.sharpness * cosines.pow(ctx.sharpness - 1), 0)
            slopes = (slopes * (arriving * values[source]).sum(dim=1))[:, None]
            by_units.index_add_(0, to, slopes * begins)
            by_units.index_add_(0, source, slopes * ends)
        return by_units, by_values, None, None, None


def propagation_consistency(smooth: Tensor, smooth_other: Tensor, plain: Tensor, plain_other: Tensor) -> Tensor:
    """Return ``mean_i -cos(y_i, x'_i) - cos(y'_i, x_i)``: smoothed rows against the other view's plain ones.

    Source: as :func:`propagate`, equation 5, averaged over the positive pairs, which are here the twins. No gradient
    flows into the plain rows (there, a momentum encoder makes them).

    Args:
        smooth, smooth_other: the two views after :func:`propagate`.
        plain, plain_other: the two views before it, or those of a momentum encoder.

    Shapes:
        N x d each -> scalar between -2 and 2.

    Raises:
        ValueError: when shapes disagree or there are no rows.

    >>> propagation_consistency(torch.eye(2), torch.eye(2), 3 * torch.eye(2), torch.eye(2)).item()
    -2.0
    """
    shapes = [tuple(part.shape) for part in (smooth, smooth_other, plain, plain_other)]
    if len(set(shapes)) != 1 or smooth.dim() != 2 or len(smooth) == 0:
        raise ValueError(f"expected four N x d views, got {shapes}")
    with torch.autocast(smooth.device.type, enabled=False):
        ahead = functional.cosine_similarity(smooth, plain_other.detach(), dim=1)
        back = functional.cosine_similarity(smooth_other, plain.detach(), dim=1)
        return -(ahead + back).mean()


class PropagationConsistency(nn.Module):
    """:func:`propagation_consistency` of two views, with the transform g of its own that :func:`propagate` passes on.

    The authors' code scales g's rows to length 1, which the paper's equations do not; neither does this.

    Args:
        width: d, the width of the views.
        sharpness: the exponent of the similarity; the paper takes 2.
        layers: linear layers of g, batch normalisation and ReLU between them; the paper takes 1, 0 is the identity.

    Raises:
        ValueError: when sharpness is not positive or layers is negative.
    """

    def __init__(self, width: int, *, sharpness: float = 2.0, layers: int = 1) -> None:
        super().__init__()
        if sharpness <= 0 or layers < 0:
            raise ValueError(f"sharpness must be positive and layers not negative, got {sharpness} and {layers}")
        self.sharpness = sharpness
        parts: list[nn.Module] = []
        for layer in range(layers):
            parts += [nn.BatchNorm1d(width), nn.ReLU()] if layer else []
            parts.append(nn.Linear(width, width))
        self.transform = nn.Sequential(*parts)

    def smooth(self, rows: Tensor, edges: Tensor, *, block: int | None = None) -> Tensor:
        """Return the rows of one view after propagation: N x d and 2 x E -> N x d."""
        return propagate(rows, self.transform(rows), edges, sharpness=self.sharpness, block=block)

    def forward(
        self,
        anchor: Tensor,
        other: Tensor,
        edges: Tensor,
        *,
        other_edges: Tensor | None = None,
        momentum: tuple[Tensor, Tensor] | None = None,
        block: int | None = None,
    ) -> Tensor:
        """Return the loss of the views.

        Args:
            edges: the neighbourhoods, as :func:`propagate` takes them.
            other_edges: those of the other view; by default the same.
            momentum: the rows of both views by a momentum encoder; by default the views themselves, without gradient.

        Shapes:
            anchor, other: N x d -> scalar.
        """
        plain = (anchor, other) if momentum is None else momentum
        smooth = self.smooth(anchor, edges, block=block)
        smooth_other = self.smooth(other, edges if other_edges is None else other_edges, block=block)
        return propagation_consistency(smooth, smooth_other, *plain)


def edges_of_rows(offsets: Tensor, indices: Tensor) -> Tensor:
    """Return the edges of compressed sparse rows: those of row i are ``indices[offsets[i]:offsets[i + 1]]``.

    Shapes:
        offsets: N + 1; indices: E -> 2 x E.

    >>> edges_of_rows(torch.tensor([0, 2, 2, 3]), torch.tensor([1, 2, 0])).tolist()
    [[0, 0, 2], [1, 2, 0]]
    """
    numbers = torch.arange(len(offsets) - 1, device=offsets.device)
    rows = torch.repeat_interleave(numbers, offsets.diff(), output_size=len(indices))
    return torch.stack([rows, indices])


def edges_in_sequences(lengths: Tensor, *, radius: int | None = None) -> Tensor:
    """Return the pairs of different positions of the same sequence, sequences being packed one after the other.

    Args:
        lengths: of the sequences, on the host; so is the result.
        radius: how far apart two positions of a pair may be; by default, as far as they are.

    Shapes:
        lengths: B, int64, T in total -> 2 x E.

    Raises:
        ValueError: when the radius is not positive.

    >>> edges_in_sequences(torch.tensor([2, 1, 3]), radius=1).tolist()
    [[0, 1, 3, 4, 4, 5], [1, 0, 4, 3, 5, 4]]
    """
    if radius is not None and radius < 1:
        raise ValueError(f"the radius must be positive, got {radius}")
    ends = lengths.cumsum(0).repeat_interleave(lengths)
    starts = ends - lengths.repeat_interleave(lengths)
    numbers = torch.arange(len(ends))
    if radius is not None:
        starts, ends = torch.maximum(starts, numbers - radius), torch.minimum(ends, numbers + radius + 1)
    counts = ends - starts - 1
    rows = numbers.repeat_interleave(counts)
    columns = torch.arange(len(rows)) + (starts - counts.cumsum(0) + counts).repeat_interleave(counts)
    return torch.stack([rows, columns + (columns >= rows).long()])
