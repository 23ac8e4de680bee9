"""MCLRec's contrastive regulariser: it keeps learnt views from collapsing into each other."""

import torch
from torch import Tensor

from core.losses.blockwise import blockwise_mean
from core.losses.info_nce import check_views


def contrastive_regulariser(first: Tensor, second: Tensor, *, block: int | None = None) -> Tensor:
    """Return ``mean [s+ - o_min]_+ + mean [o_max - s-]_+`` between two views whose rows i are positives of each other.

    Each of the 2N rows is an anchor with one positive score ``s+``, its twin's, and 2(N - 1) negative ones ``s-``;
    ``o_min = min(s+, max s-)`` and ``o_max = max(s+, max s-)`` for each anchor (Qin et al., *Meta-optimized
    Contrastive Learning for Sequential Recommendation*, SIGIR 2023, equations 10 to 12). Neither bracket can be
    negative, so that the mean over the negatives needs only their sum.

    Shapes:
        first, second: N x d, N at least 2 -> scalar.

    Raises:
        ValueError: when shapes disagree or there are no negatives.

    >>> views = torch.eye(4)
    >>> contrastive_regulariser(views, views).item()  # s+ = 1, all s- = 0
    2.0
    """
    check_views(first, second, 1.0)
    count = len(first)
    if count < 2:
        raise ValueError("the regulariser needs negatives: two rows at least")
    rows, twins = torch.cat([first, second]), torch.cat([second, first])
    numbers = torch.arange(2 * count, device=first.device)

    def bounds(anchors: Tensor, other: Tensor, own: Tensor, everyone: Tensor) -> Tensor:
        scores = everyone @ anchors.T
        places = torch.arange(len(own), device=own.device)
        lowest = scores.new_tensor(-torch.inf)
        negatives = scores.index_put((own, places), lowest).index_put(((own + count) % (2 * count), places), lowest)
        hardest, positive = negatives.amax(dim=0), (anchors * other).sum(dim=1)
        return positive - torch.minimum(positive, hardest) + torch.maximum(positive, hardest)

    # The sum over all pairs, less the pairs of a row with itself and with its twin, needs no matrix.
    negatives = rows.sum(dim=0).square().sum() - rows.square().sum() - (rows * twins).sum()
    mean_negative = negatives / (2 * count * (2 * count - 2))
    return blockwise_mean(bounds, [rows, twins, numbers], [rows], block=block) - mean_negative
