"""Softmax cross-entropy over a whole catalogue, in blocks of items."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from core.losses.blockwise import DEFAULT_BLOCK_ENTRIES


def catalogue_softmax(vectors: Tensor, table: Tensor, targets: Tensor, *, block: int | None = None) -> Tensor:
    """Return ``mean_b -log( exp(u_b . i_t(b)) / sum_{j=1..I} exp(u_b . i_j) )``.

    Row 0 of the table is padding and takes no part. Values and gradients are exact and do not depend on the block
    size but for rounding; memory is O(B x block) besides the table's own gradient. Where the catalogue fits in one
    block the scores are computed once, otherwise twice.

    Args:
        block: items a block; by default so many that a block of scores has about 2^22 entries.

    Shapes:
        vectors: B x d; table: (I + 1) x d; targets: B int64 in 1..I -> scalar.

    Raises:
        ValueError: when shapes disagree, there are no vectors or the block size is not positive.

    >>> vectors, table = torch.zeros(2, 3), torch.ones(6, 3)
    >>> round(catalogue_softmax(vectors, table, torch.tensor([1, 5])).item(), 4)  # log 5
    1.6094
    """
    if vectors.dim() != 2 or table.dim() != 2 or vectors.shape[1] != table.shape[1]:
        raise ValueError(f"expected B x d and (I + 1) x d, got {tuple(vectors.shape)} and {tuple(table.shape)}")
    if targets.shape != vectors.shape[:1] or len(targets) == 0:
        raise ValueError(f"expected {vectors.shape[0]} targets, one at least, got {tuple(targets.shape)}")
    if block is None:
        block = max(1, 2 * DEFAULT_BLOCK_ENTRIES // vectors.shape[0])
    if block < 1:
        raise ValueError(f"the block size must be positive, got {block}")
    # Autocast would round the scores before their exponentials are added up.
    with torch.autocast(vectors.device.type, enabled=False):
        result: Tensor = _CatalogueSoftmax.apply(vectors, table, targets, block)
    return result


class _CatalogueSoftmax(torch.autograd.Function):
    """Gradients are made with the values, from the same scores; the backward pass only scales them."""

    @staticmethod
    def forward(ctx: Any, vectors: Tensor, table: Tensor, targets: Tensor, block: int) -> Tensor:
        needed = any(ctx.needs_input_grad[:2])
        positive = (vectors * table.index_select(0, targets)).sum(dim=1)
        top, total = torch.full_like(positive, -torch.inf), torch.zeros_like(positive)
        by_vectors, exponentials = torch.zeros_like(vectors), torch.empty(0)
        for part in table[1:].split(block):
            scores = part @ vectors.T  # items first: a tall product is faster than a wide one
            shift = torch.maximum(top, scores.amax(dim=0))
            shrunk = (top - shift).exp_()
            exponentials = scores.sub_(shift).exp_()
            total = total * shrunk + exponentials.sum(dim=0)
            if needed:
                torch.addmm(by_vectors * shrunk[:, None], exponentials.T, part, out=by_vectors)
            top = shift
        if needed:
            by_vectors.div_(total[:, None]).sub_(table.index_select(0, targets))
            # Dividing B x d vectors instead of I x B exponentials is the same, and nothing to speak of.
            scaled = vectors / total[:, None]
            by_table = torch.zeros_like(table)
            for part, into in zip(table[1:].split(block), by_table[1:].split(block), strict=True):
                if len(part) < len(table) - 1:  # several blocks: the scores of this one are gone
                    exponentials = (part @ vectors.T).sub_(top).exp_()
                torch.mm(exponentials, scaled, out=into)
            by_table.index_add_(0, targets, vectors, alpha=-1)
            ctx.save_for_backward(by_vectors, by_table)
            ctx.count = len(targets)
        return (total.log() + top - positive).mean()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        by_vectors, by_table = ctx.saved_tensors
        scale = grad / ctx.count
        return by_vectors * scale, by_table * scale, None, None
