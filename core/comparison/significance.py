"""Paired tests: may a difference be chance, of the seeds or of the users that happened to be there?"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

FEWEST_SEEDS = 3
"""With fewer pairs of runs no test is made: two differences have one degree of freedom, and are near anything."""

RESAMPLES = 10_000
"""Random signs drawn by `sign_flip_test`; its smallest p is one in as many."""

_ENTRIES = 2**22
"""Signs held at a time."""


def paired_t_test(differences: np.ndarray) -> float | None:
    """Return the two-sided p of Student's paired t-test on differences, n float64.

    It takes the differences as normal. None where it cannot say anything: fewer than `FEWEST_SEEDS` of them, or all
    the same without being 0 (two models that the seed does not touch), which it would call certain.
    """
    if len(differences) < FEWEST_SEEDS:
        return None
    if not differences.any():
        return 1.0
    if np.ptp(differences) <= 1e-12 * np.abs(differences).max():
        return None
    return float(stats.ttest_1samp(differences, 0.0).pvalue)


def wilcoxon_test(differences: np.ndarray) -> float | None:
    """Return the two-sided p of Wilcoxon's signed-rank test on differences, n float64; zeros are left out.

    It takes the differences as symmetric only, and pays for it: see `smallest_wilcoxon_p`. None for fewer than
    `FEWEST_SEEDS` differences.
    """
    if len(differences) < FEWEST_SEEDS:
        return None
    rest = differences[differences != 0]
    return float(stats.wilcoxon(rest).pvalue) if len(rest) else 1.0


def smallest_wilcoxon_p(count: int) -> float:
    """Return the p of `count` differences of one sign, below which Wilcoxon's test cannot come.

    >>> smallest_wilcoxon_p(5), smallest_wilcoxon_p(6)
    (0.0625, 0.03125)
    """
    return min(1.0, 2.0 ** (1 - count))


def sign_flip_test(differences: np.ndarray, *, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """Return the two-sided p of a paired randomisation test on the mean of every column.

    If two systems are alike, each unit's difference could as well have the other sign. p is the share of random
    signs under which the mean is as far from 0 as the one found, which counts among them (Fisher's test; recommended
    for rankings by Smucker, Allan and Carterette, CIKM 2007). Where differences are -1, 0 and 1 it is McNemar's.
    The columns share the signs.

    Shapes:
        differences: units x columns -> columns, float64.

    Raises:
        ValueError: for NaN and infinite differences, which are as far as nothing and would pass for certain.
    """
    if not np.isfinite(differences).all():
        raise ValueError("a difference is not a finite number")
    moved = np.ascontiguousarray(differences[np.any(differences != 0, axis=1)], dtype=np.float64)
    total = moved.sum(axis=0)
    # The order of a sum moves its last digits: what is equal but for them is as far.
    threshold = np.abs(total) - 1e-12 * np.abs(moved).sum(axis=0)
    random, as_far = np.random.default_rng(seed), np.zeros(differences.shape[1], dtype=np.int64)
    rows = max(1, _ENTRIES // max(1, len(moved)))
    for start in range(0, resamples, rows):
        flips = random.integers(0, 2, size=(min(rows, resamples - start), len(moved)), dtype=np.int8)
        as_far += (np.abs(total - 2 * (flips.astype(np.float64) @ moved)) >= threshold).sum(axis=0)
    return np.asarray((1 + as_far) / (1 + resamples))


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Return p-values corrected so that the chance of any false discovery among them stays below the level.

    Holm, Scandinavian Journal of Statistics, 1979: the smallest of m is multiplied by m, the next by m - 1, and so
    on, and none may end below one that was smaller. A None was no test and stays None.

    >>> holm([0.01, None, 0.04])
    [0.02, None, 0.04]
    """
    known = sorted((value, index) for index, value in enumerate(values) if value is not None)
    corrected: list[float | None] = [None] * len(values)
    largest = 0.0
    for place, (value, index) in enumerate(known):
        largest = max(largest, min(1.0, value * (len(known) - place)))
        corrected[index] = largest
    return corrected
