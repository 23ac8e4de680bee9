"""DCL and DCLW: contrastive losses whose denominator leaves the positive out."""

import torch
from torch import Tensor

from core.losses.info_nce import check_views, mean_positive
from core.losses.other_instances import mean_log_sum_of_others


def dcl(anchor: Tensor, other: Tensor, *, temperature: float, block: int | None = None) -> Tensor:
    """Return the decoupled contrastive loss between two views whose rows i are positives of each other.

    Each of the 2N rows is an anchor: ``-x.x+ / t + log sum_y exp(x.y / t)``, with x+ its twin and y the 2(N - 1) rows
    of both views that show another instance, averaged (Yeh et al., *Decoupled Contrastive Learning*, ECCV 2022,
    arXiv 2110.06848, equation 6, which adds up where this averages). It is NT-Xent without the positive in the
    denominator; an easy positive therefore no longer takes the weight off the negatives. The loss may be negative.

    Args:
        anchor, other: the two views, which may change places; normalise their rows for cosine similarity.
        temperature: positive scale of the similarities.
        block: rows a block; memory is O(N x block), the result does not depend on it.

    Shapes:
        anchor, other: N x d, N at least 2 -> scalar.

    Raises:
        ValueError: when shapes disagree, there are no negatives, or temperature or block size are not positive.

    >>> views = torch.eye(4)
    >>> round(dcl(views, views, temperature=1.0).item(), 4)  # log(6) - 1
    0.7918
    """
    check_views(anchor, other, temperature)
    return _repulsion(anchor, other, temperature, block) - mean_positive(anchor, other, temperature)


def dclw(anchor: Tensor, other: Tensor, *, temperature: float, sigma: float = 0.5, block: int | None = None) -> Tensor:
    """Return DCL with positives weighted by a negative von Mises-Fisher function: far pairs pull more.

    The positive of instance i counts ``w_i = 2 - exp(s_i / sigma) / mean_j exp(s_j / sigma)`` times, ``s_i = a_i.o_i``
    (the same paper's weighted loss). Weights average 1 and may be negative; as sigma grows they
    all tend to 1 and the loss to :func:`dcl`. They depend on the views, and their gradient is part of the loss's.

    Args:
        sigma: positive scale of the similarities inside the weights; the paper takes 0.5.

    Shapes:
        anchor, other: N x d, N at least 2 -> scalar.

    Raises:
        ValueError: as :func:`dcl`, and when sigma is not positive.

    >>> views = torch.eye(4)
    >>> round(dclw(views, views, temperature=1.0).item(), 4)  # pairs alike weigh alike
    0.7918
    """
    check_views(anchor, other, temperature)
    if sigma <= 0:
        raise ValueError(f"sigma must be positive, got {sigma}")
    repulsion = _repulsion(anchor, other, temperature, block)
    with torch.autocast(anchor.device.type, enabled=False):
        positives = (anchor * other).sum(dim=1)
        weights = 2 - len(anchor) * torch.softmax(positives / sigma, dim=0)
        return repulsion - (weights * positives).mean() / temperature


def _repulsion(anchor: Tensor, other: Tensor, temperature: float, block: int | None) -> Tensor:
    """Return ``mean_x log sum_y exp(x.y / t)`` over the rows of both views and those of other instances."""
    return mean_log_sum_of_others(torch.cat([anchor, other]) * temperature**-0.5, len(anchor), block=block)
