"""The engine under every N x N loss: a sum over row blocks whose gradient never needs the whole matrix."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

BlockLoss = Callable[..., Tensor]

DEFAULT_BLOCK_ENTRIES = 2**21
"""Entries of one block (8 MiB of float32): it stays in a processor's shared cache and fills a product's tiles."""


def block_rows(columns: int, asked: int | None = None) -> int:
    """Return how many rows a block has: those that are asked for, or about ``DEFAULT_BLOCK_ENTRIES`` / ``columns``.

    The default is a multiple of 64, for a product's tiles.

    Raises:
        ValueError: when the number asked for is not positive.
    """
    if asked is None:
        return max(64, DEFAULT_BLOCK_ENTRIES // max(1, columns) // 64 * 64)
    if asked < 1:
        raise ValueError(f"the block size must be positive, got {asked}")
    return asked


def blockwise_mean(
    loss: BlockLoss,
    rows: Sequence[Tensor],
    shared: Sequence[Tensor],
    *,
    block: int | None = None,
) -> Tensor:
    """Return ``mean_i loss_i`` where ``loss(*row_blocks, *shared)`` gives the losses of a block of rows.

    Each block is differentiated as soon as it is computed, and only the sums of its gradients are kept, so that
    memory is O(N x block) instead of O(N x N) and nothing is computed twice. Values and gradients are exact and
    do not depend on the block size but for rounding.

    Args:
        loss: a function of the block's slices of ``rows`` and all of ``shared``; returns the losses of its rows.
        rows: tensors whose first dimension is the N rows; float ones may need gradients.
        shared: tensors that every block sees whole (the other view, a network's bias, ...).
        block: rows a block; by default that of :func:`block_rows` for the first shared tensor's rows.

    Shapes:
        rows: N x ... each; shared: any; result: scalar.

    Raises:
        ValueError: when there are no rows, they differ in number, or the block size is not positive.
    """
    if not rows or rows[0].shape[0] == 0:
        raise ValueError("a mean over no rows is undefined")
    count = rows[0].shape[0]
    if any(tensor.shape[0] != count for tensor in rows):
        raise ValueError(f"row counts differ: {[tensor.shape[0] for tensor in rows]}")
    block = block_rows(shared[0].shape[0] if shared else count, block)
    # Autocast would round the similarities before their exponentials are added up.
    with torch.autocast(rows[0].device.type, enabled=False):
        result: Tensor = _BlockwiseMean.apply(loss, block, len(rows), *rows, *shared)
    return result


class _BlockwiseMean(torch.autograd.Function):
    """Gradients are made with the values, block by block; the backward pass only scales them."""

    @staticmethod
    def forward(ctx: Any, loss: BlockLoss, block: int, row_count: int, *tensors: Tensor) -> Tensor:
        needed = ctx.needs_input_grad[3:]
        count = tensors[0].shape[0]
        gradients = [torch.zeros_like(tensor) if need else None for tensor, need in zip(tensors, needed, strict=True)]
        total = torch.zeros((), dtype=tensors[0].dtype, device=tensors[0].device)
        # The shared tensors become leaves once, so that a block's backward pass can add to them.
        shared = [tensor.detach().requires_grad_(need) for tensor, need in zip(tensors, needed, strict=True)][
            row_count:
        ]
        for start in range(0, count, block):
            rows = [
                tensor[start : start + block].detach().requires_grad_(need)
                for tensor, need in zip(tensors[:row_count], needed[:row_count], strict=True)
            ]
            leaves = [tensor for tensor in (*rows, *shared) if tensor.requires_grad]
            with torch.set_grad_enabled(bool(leaves)):
                part = loss(*rows, *shared).sum()
            total += part.detach()
            found = iter(torch.autograd.grad(part, leaves, allow_unused=True) if leaves else ())
            for index, tensor in enumerate((*rows, *shared)):
                gradient = next(found) if tensor.requires_grad else None
                into = gradients[index]
                if gradient is None or into is None:
                    continue
                if index < row_count:
                    into[start : start + block] = gradient
                else:
                    into += gradient
        ctx.save_for_backward(*[gradient for gradient in gradients if gradient is not None])
        ctx.present = [gradient is not None for gradient in gradients]
        ctx.count = count
        return total / count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        saved = iter(ctx.saved_tensors)
        scale = grad / ctx.count
        return (None, None, None, *(next(saved) * scale if present else None for present in ctx.present))
