"""Pairs of positions: sorted, and each once."""

import numpy as np


def distinct_pairs(sources: np.ndarray, targets: np.ndarray, num_targets: int) -> np.ndarray:
    """Return the pairs as int64, 2 x E, sorted by source then target, each once.

    Shapes:
        sources, targets: R int64, the latter below `num_targets`.
    """
    # One number a pair sorts far faster than rows do, and keeps their order.
    codes = np.sort(sources * num_targets + targets)
    return np.stack(np.divmod(codes[np.diff(codes, prepend=-1) > 0], num_targets))
