"""Repulsion as one logarithm: how close, on average over all pairs, rows come to the rows of other instances."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from core.losses.blockwise import block_rows


def log_mean_of_others(rows: Tensor, instances: int, *, block: int | None = None) -> Tensor:
    """Return ``log mean_(x, y) exp(x.y)`` over all pairs of rows x and y that show different instances.

    Row i shows instance i modulo ``instances``: views one below the other, each with its rows in the same order. The
    logarithm of the mean, and not the mean of logarithms as in
    :func:`core.losses.other_instances.mean_log_sum_of_others`: crowded rows weigh more.

    Args:
        rows: the rows of one or several views, divided by the square root of the temperature.
        instances: the rows of one view, N; divides their number.
        block: rows a block; memory is O(V N x block), the result does not depend on it.

    Shapes:
        rows: V N x d -> scalar.

    Raises:
        ValueError: when there are fewer than two instances, rows are left over or the block size is not positive.

    >>> round(log_mean_of_others(torch.eye(3), 3).item(), 4)  # all others at right angles
    0.0
    """
    if instances < 2:
        raise ValueError(f"the loss needs negatives: two rows a view at least, got {instances}")
    if len(rows) % instances or len(rows) == 0:
        raise ValueError(f"{len(rows)} rows are not whole views of {instances}")
    block = block_rows(len(rows), block)
    # Autocast would round the similarities before their exponentials are added up.
    with torch.autocast(rows.device.type, enabled=False):
        result: Tensor = _LogMeanOfOthers.apply(rows, instances, block)
    return result


class _LogMeanOfOthers(torch.autograd.Function):
    """Gradients are made with the values, block by block; the backward pass only scales them."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, instances: int, block: int) -> Tensor:
        count, gradient = len(rows), torch.zeros_like(rows)
        top, total = rows.new_full((), -torch.inf), rows.new_zeros(())
        numbers = torch.arange(count, device=rows.device)
        for start in range(0, count, block):
            anchors, own = rows[start : start + block], numbers[start : start + block]
            scores = rows @ anchors.T
            for shift in range(0, count, instances):
                scores[(own + shift) % count, own - start] = -torch.inf
            # Sums so far are rescaled when a closer pair than any before turns up.
            largest = torch.maximum(top, scores.amax())
            rescale = (top - largest).exp()
            top = largest
            exponentials = scores.sub_(top).exp_()
            total = total * rescale + exponentials.sum()
            if ctx.needs_input_grad[0]:
                gradient *= rescale
                gradient[start : start + block] = exponentials.T @ rows
        # Each pair is met from both ends.
        ctx.save_for_backward(gradient * (2 / total))
        return total.log() + top - math.log(count * (count - count // instances))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * grad, None, None
