"""The repulsive part of decoupled losses: how close a row comes to the rows of other instances."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from core.losses.blockwise import block_rows


def mean_log_sum_of_others(rows: Tensor, instances: int, *, block: int | None = None) -> Tensor:
    """Return ``mean_i log sum_j exp(x_i.x_j)`` over the rows j that show another instance than row i.

    Row i shows instance i modulo ``instances``: views one below the other, each with its rows in the same order. No
    sum holds a row itself nor another view of it, so that nothing here pulls or holds a pair together.

    Args:
        rows: the rows of one or several views, divided by the square root of the temperature.
        instances: the rows of one view; divides their number.
        block: rows a block; memory is O(N x block), the result does not depend on it.

    Shapes:
        rows: V N x d -> scalar.

    Raises:
        ValueError: when there are fewer than two instances, rows are left over or the block size is not positive.
    """
    if instances < 2:
        raise ValueError(f"the loss needs negatives: two rows a view at least, got {instances}")
    if len(rows) % instances:
        raise ValueError(f"{len(rows)} rows are not whole views of {instances}")
    block = block_rows(len(rows), block)
    # Autocast would round the similarities before their exponentials are added up.
    with torch.autocast(rows.device.type, enabled=False):
        result: Tensor = _MeanLogSum.apply(rows, instances, block)
    return result


class _MeanLogSum(torch.autograd.Function):
    """Gradients are made with the values, block by block; the backward pass only scales them."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, instances: int, block: int) -> Tensor:
        count, gradient = len(rows), torch.zeros_like(rows)
        total = rows.new_zeros(())
        numbers = torch.arange(count, device=rows.device)
        for start in range(0, count, block):
            anchors, own = rows[start : start + block], numbers[start : start + block]
            scores = rows @ anchors.T
            for shift in range(0, count, instances):
                scores[(own + shift) % count, own - start] = -torch.inf
            top = scores.amax(dim=0)
            exponentials = scores.sub_(top).exp_()
            sums = exponentials.sum(dim=0)
            total += (sums.log() + top).sum()
            if ctx.needs_input_grad[0]:
                # The score of i and j moves both rows. Rows are divided by the sums, not the exponentials.
                gradient[start : start + block] += (exponentials.T @ rows) / sums[:, None]
                gradient.addmm_(exponentials, anchors / sums[:, None])
        ctx.save_for_backward(gradient)
        return total / count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * (grad / len(gradient)), None, None
