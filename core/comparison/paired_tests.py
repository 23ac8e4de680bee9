"""Every entry of a contest against the baseline, metric by metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.comparison.contests import Contest
from core.comparison.significance import holm, paired_t_test, sign_flip_test, wilcoxon_test
from core.unit_scores import UnitScores, check_same_units

LEVEL = 0.05
"""A corrected p below it is marked as significant."""

Scores = Mapping[str, UnitScores]
"""By the metric's name."""


@dataclass(frozen=True)
class Chance:
    """A test's p, and Holm's over all tests of its kind in a table; None: no test could be made."""

    p: float | None = None
    corrected: float | None = None

    @property
    def is_significant(self) -> bool:
        """Whether the corrected p is below the level."""
        return self.corrected is not None and self.corrected < LEVEL


@dataclass(frozen=True)
class PairedTest:
    """An entry against the baseline, by its place in the contest.

    `difference` is the entry's mean less the baseline's. `seeds` are the seeds that both have, `units` the users or
    nodes that were paired.
    """

    metric: str
    entry: int
    difference: float | None
    seeds: tuple[int, ...]
    t: Chance = field(default=Chance())
    wilcoxon: Chance = field(default=Chance())
    over_units: Chance = field(default=Chance())
    units: int = 0


def paired_tests(
    contest: Contest, baseline: int, metrics: Sequence[str], scores: Sequence[Scores] | None = None
) -> list[PairedTest]:
    """Test every entry but the baseline on every metric, over the seeds in common and, with scores, over their units.

    `scores` holds one mapping for each entry. Holm's correction is over all tests of one kind that are made here.
    """
    pairs = [(metric, entry) for metric in metrics for entry in range(len(contest.entries)) if entry != baseline]
    over_units = _unit_tests(pairs, baseline, scores) if scores else {}
    differences = [_by_seed(contest, baseline, metric, entry) for metric, entry in pairs]
    t_tests = _corrected([paired_t_test(np.array(list(by_seed.values()))) for by_seed in differences])
    wilcoxon_tests = _corrected([wilcoxon_test(np.array(list(by_seed.values()))) for by_seed in differences])
    unit_tests = _corrected([over_units.get(pair, (None, 0))[0] for pair in pairs])
    return [
        PairedTest(
            metric,
            entry,
            _difference(contest, baseline, metric, entry),
            tuple(by_seed),
            t,
            wilcoxon,
            over,
            over_units.get((metric, entry), (None, 0))[1],
        )
        for (metric, entry), by_seed, t, wilcoxon, over in zip(
            pairs, differences, t_tests, wilcoxon_tests, unit_tests, strict=True
        )
    ]


def _corrected(values: Sequence[float | None]) -> list[Chance]:
    return [Chance(value, corrected) for value, corrected in zip(values, holm(values), strict=True)]


def _difference(contest: Contest, baseline: int, metric: str, entry: int) -> float | None:
    own, base = (contest.entries[index].metrics.get(metric) for index in (entry, baseline))
    return None if own is None or base is None else own - base


def _by_seed(contest: Contest, baseline: int, metric: str, entry: int) -> dict[int, float]:
    own, base = (contest.entries[index].by_seed(metric) for index in (entry, baseline))
    return {seed: own[seed] - base[seed] for seed in sorted(own.keys() & base.keys())}


def _unit_tests(
    pairs: Sequence[tuple[str, int]], baseline: int, scores: Sequence[Scores]
) -> dict[tuple[str, int], tuple[float, int]]:
    """Return p and the number of units of each pair of a metric and an entry that has scores of them.

    Metrics of the same units are tested together, under the same random signs.
    """
    groups: list[tuple[UnitScores, list[tuple[str, int]]]] = []
    for metric, entry in pairs:
        if metric in scores[entry] and metric in scores[baseline]:
            base = scores[baseline][metric]
            check_same_units(metric, base, scores[entry][metric])
            for representative, its in groups:
                if np.array_equal(representative.ids, base.ids):
                    its.append((metric, entry))
                    break
            else:
                groups.append((base, [(metric, entry)]))
    found: dict[tuple[str, int], tuple[float, int]] = {}
    for base, its in groups:
        columns = [scores[entry][metric].values - scores[baseline][metric].values for metric, entry in its]
        chances = sign_flip_test(np.stack(columns, axis=1))
        found |= {pair: (float(p), len(base.ids)) for pair, p in zip(its, chances, strict=True)}
    return found
