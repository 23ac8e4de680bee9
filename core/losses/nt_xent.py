"""NT-Xent: InfoNCE in which every other row of both views is a negative."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from core.losses.blockwise import default_block
from core.losses.info_nce import check_views, mean_positive


def nt_xent(first: Tensor, second: Tensor, *, temperature: float, block: int | None = None) -> Tensor:
    """Return the normalised-temperature cross-entropy between two views whose rows i are positives of each other.

    Each of the 2N rows is an anchor: ``-log( exp(x.x+ / t) / sum_{y != x} exp(x.y / t) )``, with x+ its twin, averaged
    (Chen et al., *A Simple Framework for Contrastive Learning of Visual Representations*, ICML 2020, equation 1).

    Args:
        first, second: the two views; normalise their rows for cosine similarity.
        temperature: positive scale of the similarities.
        block: rows a block; memory is O(N x block), the result does not depend on it.

    Shapes:
        first, second: N x d -> scalar.

    Raises:
        ValueError: when shapes disagree, there are no rows, or temperature or block size are not positive.

    >>> views = torch.eye(4)
    >>> round(nt_xent(views, views, temperature=1.0).item(), 4)  # log(e + 6) - 1
    1.1654
    """
    check_views(first, second, temperature)
    if len(first) == 0:
        raise ValueError("a mean over no rows is undefined")
    block = default_block(2 * len(first)) if block is None else block
    if block < 1:
        raise ValueError(f"the block size must be positive, got {block}")
    # Autocast would round the similarities before their exponentials are added up.
    with torch.autocast(first.device.type, enabled=False):
        rows = torch.cat([first, second]) * temperature**-0.5
        total: Tensor = _MeanLogSum.apply(rows, block)
        return total - mean_positive(first, second, temperature)


class _MeanLogSum(torch.autograd.Function):
    """``mean_i log sum_{j != i} exp(x_i.x_j)``; gradients are made with the values, block by block."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, block: int) -> Tensor:
        count, gradient = len(rows), torch.zeros_like(rows)
        total = rows.new_zeros(())
        for start in range(0, count, block):
            anchors = rows[start : start + block]
            scores = rows @ anchors.T
            scores[start : start + block].fill_diagonal_(-torch.inf)
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
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * (grad / len(gradient)), None
