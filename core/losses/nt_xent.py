"""NT-Xent: InfoNCE in which every other row of both views is a negative."""

import torch
from torch import Tensor

from core.losses.info_nce import check_views, mean_positive
from core.losses.other_instances import mean_log_sum_of_others


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
    # Autocast would round the similarities before their exponentials are added up.
    with torch.autocast(first.device.type, enabled=False):
        rows = torch.cat([first, second]) * temperature**-0.5
        # Every row counts as an instance of its own: only the row itself is left out of its sum.
        return mean_log_sum_of_others(rows, len(rows), block=block) - mean_positive(first, second, temperature)
