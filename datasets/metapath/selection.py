"""The k best entries of every row of a CSR matrix, all rows at once."""

from collections.abc import Callable

import numpy as np

TieKeys = Callable[[np.ndarray], np.ndarray]


def select_top_k(indptr: np.ndarray, scores: np.ndarray, k: int, tie_keys: TieKeys) -> np.ndarray:
    """Return a boolean mask over the entries: each row's `k` largest `scores`, or all where it has fewer.

    Of entries that tie for the last places those with the smallest key win. `tie_keys(entries)` gives
    uint64 keys, distinct within a row, for the entries of these numbers.
    """
    counts = np.diff(indptr)
    rows = np.repeat(np.arange(len(counts)), counts)
    kept = counts[rows] <= k
    contested = np.flatnonzero(~kept)
    if not len(contested):
        return kept
    owner = rows[contested]
    # Negated, so that "largest" is "smallest" here and for the keys below.
    cost = -scores[contested]
    last = _kth_smallest(owner, cost, np.full(len(counts), k), fill=np.inf)[owner]
    kept[contested[cost < last]] = True
    free = k - np.bincount(owner[cost < last], minlength=len(counts))
    tied = contested[cost == last]
    keys = tie_keys(tied)
    last_key = _kth_smallest(rows[tied], keys, free, fill=np.iinfo(np.uint64).max)[rows[tied]]
    kept[tied[keys <= last_key]] = True
    return kept


def _kth_smallest(owner: np.ndarray, values: np.ndarray, ranks: np.ndarray, fill: float | int) -> np.ndarray:
    """Return, for each row, its `ranks[row]`-th smallest value (from 1); `owner` is sorted.

    Rows are padded to the longest with `fill`; rows without entries get `fill`.
    """
    present, starts, counts = np.unique(owner, return_index=True, return_counts=True)
    place = np.repeat(np.arange(len(present)), counts)
    padded = np.full((len(present), counts.max()), fill, dtype=values.dtype)
    padded[place, np.arange(len(owner)) - starts[place]] = values
    wanted = ranks[present] - 1
    result = np.full(len(ranks), fill, dtype=values.dtype)
    padded.partition(np.unique(wanted), axis=1)
    result[present] = padded[np.arange(len(present)), wanted]
    return result
