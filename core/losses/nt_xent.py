"""NT-Xent: InfoNCE in which every other row of both views is a negative."""

import torch
from torch import Tensor

from core.losses.blockwise import blockwise_mean
from core.losses.info_nce import check_views


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
        ValueError: when shapes disagree or the temperature is not positive.

    >>> views = torch.eye(4)
    >>> round(nt_xent(views, views, temperature=1.0).item(), 4)  # log(e + 6) - 1
    1.1652
    """
    check_views(first, second, temperature)
    rows, numbers = torch.cat([first, second]), torch.arange(2 * len(first), device=first.device)

    def denominator(anchors: Tensor, own: Tensor, everyone: Tensor) -> Tensor:
        scores = everyone @ (anchors / temperature).T
        places = torch.arange(len(own), device=own.device)
        return torch.logsumexp(scores.index_put((own, places), scores.new_tensor(-torch.inf)), dim=0)

    positive = (first * second).sum(dim=1).mean() / temperature
    return blockwise_mean(denominator, [rows, numbers], [rows], block=block) - positive
