"""The hard contrastive loss: InfoNCE against the hardest share of the negatives."""

import math

import torch
from torch import Tensor

from core.losses.blockwise import blockwise_mean
from core.losses.info_nce import check_views, mean_positive


def hard_contrastive(
    anchor: Tensor, other: Tensor, *, temperature: float, quantile: float, block: int | None = None
) -> Tensor:
    """Return InfoNCE whose denominator holds the positive and each anchor's hardest negatives alone.

    ``mean_i -log( exp(s_ii / t) / (sum_{k != i, s_ik >= q_i} exp(s_ik / t) + exp(s_ii / t)) )``, ``s_ik = a_i.o_k``,
    with ``q_i`` the upper alpha quantile of the anchor's negatives (Wang and Liu, *Understanding the Behaviour of
    Contrastive Loss*, CVPR 2021, arXiv 2012.09740, the hard contrastive loss). Choosing hard negatives openly frees
    the temperature from doing so: the paper trains with larger ones than InfoNCE's best. The quantile is read anew
    from each batch and carries no gradient.

    Args:
        anchor, other: the two views; normalise their rows for cosine similarity.
        temperature: positive scale of the similarities.
        quantile: alpha, the share of an anchor's N - 1 negatives that count, over 0 and up to 1: rounded up to whole
            negatives, with all that tie with the last. The paper takes 0.03 to 0.08 of tens of thousands; 1 is
            InfoNCE.
        block: rows a block; memory is O(N x block), the result does not depend on it.

    Shapes:
        anchor, other: N x d, N at least 2 -> scalar.

    Raises:
        ValueError: when shapes disagree, there are no negatives, the quantile is out of its range, or temperature or
            block size are not positive.

    >>> anchor, other = torch.eye(3), torch.eye(3) + 0.5 * torch.eye(3).roll(1, 0)  # negatives score 0 and 0.5
    >>> round(hard_contrastive(anchor, other, temperature=1.0, quantile=0.5).item(), 4)  # log(e + e^0.5) - 1
    0.4741
    """
    check_views(anchor, other, temperature)
    if not 0 < quantile <= 1:
        raise ValueError(f"the quantile must lie over 0 and up to 1, got {quantile}")
    negatives = len(anchor) - 1
    if negatives < 1:
        raise ValueError(f"the loss needs negatives: two rows at least, got {len(anchor)}")
    # Products such as 0.1 * 30 stand a rounding error above the whole number that is meant.
    kept = max(1, math.ceil(quantile * negatives - 1e-9))

    def denominator(rows: Tensor, own: Tensor, columns: Tensor) -> Tensor:
        scores = columns @ (rows / temperature).T
        places = torch.arange(len(own), device=own.device)
        if kept < negatives:
            hardness = scores.detach().clone()
            hardness[own, places] = -torch.inf
            # The positive now stands below all negatives: counted from the bottom, the last one kept is this.
            threshold = hardness.kthvalue(negatives + 2 - kept, dim=0).values
            easy = hardness < threshold
            easy[own, places] = False
            scores = scores.masked_fill(easy, -torch.inf)
        return torch.logsumexp(scores, dim=0)

    numbers = torch.arange(len(anchor), device=anchor.device)
    total = blockwise_mean(denominator, [anchor, numbers], [other], block=block)
    return total - mean_positive(anchor, other, temperature)
