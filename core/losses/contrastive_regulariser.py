"""MCLRec's contrastive regulariser: it keeps learnt views from collapsing into each other."""

import torch
from torch import Tensor

from core.losses.blockwise import block_rows
from core.losses.info_nce import check_views


def contrastive_regulariser(first: Tensor, second: Tensor, *, block: int | None = None) -> Tensor:
    """Return ``mean [s+ - o_min]_+ + mean [o_max - s-]_+`` between two views whose rows i are positives of each other.

    Each of the 2N rows is an anchor with one positive score ``s+``, its twin's, and 2(N - 1) negative ones ``s-``;
    ``o_min = min(s+, max s-)`` and ``o_max = max(s+, max s-)`` for each anchor (Qin et al., *Meta-optimized
    Contrastive Learning for Sequential Recommendation*, SIGIR 2023, equations 10 to 12).

    Neither bracket can be negative, so that all it takes are each anchor's hardest negative and the sum over all
    pairs, which needs no matrix. Memory is O(N x block), and only the hardest pairs carry a gradient.

    Shapes:
        first, second: N x d, N at least 2 -> scalar.

    Raises:
        ValueError: when shapes disagree, there are no negatives or the block size is not positive.

    >>> views = torch.eye(4)
    >>> contrastive_regulariser(views, views).item()  # s+ = 1, all s- = 0
    2.0
    """
    check_views(first, second, 1.0)
    count = len(first)
    if count < 2:
        raise ValueError("the regulariser needs negatives: two rows at least")
    block = block_rows(2 * count, block)
    # Autocast would round the scores before they are compared.
    with torch.autocast(first.device.type, enabled=False):
        rows = torch.cat([first, second])
        hardest = (rows * rows.index_select(0, _hardest_negatives(rows.detach(), block))).sum(dim=1)
        positive = (first * second).sum(dim=1).repeat(2)
        bounds = positive - torch.minimum(positive, hardest) + torch.maximum(positive, hardest)
        # All pairs, less those of a row with itself and with its twin.
        negatives = rows.sum(dim=0).square().sum() - rows.square().sum() - positive.sum()
        return bounds.mean() - negatives / (2 * count * (2 * count - 2))


def _hardest_negatives(rows: Tensor, block: int) -> Tensor:
    """Return the row that scores highest with each row, itself and its twin aside: 2N x d -> 2N."""
    count = len(rows) // 2
    numbers = torch.arange(len(rows), device=rows.device)
    found = []
    for own in numbers.split(block):
        scores = rows @ rows[own].T
        places = torch.arange(len(own), device=rows.device)
        scores[own, places] = -torch.inf
        scores[(own + count) % len(rows), places] = -torch.inf
        found.append(scores.argmax(dim=0))
    return torch.cat(found)
