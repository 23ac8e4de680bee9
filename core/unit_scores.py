"""A metric before its mean is taken: one number for each user or node, so that models can be compared pair by pair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import UserError


@dataclass(frozen=True, eq=False)
class UnitScores:
    """The scores of the units, "user" or "node", that a metric averages.

    Shapes:
        ids: n raw ids; values: n float64.
    """

    unit: str
    ids: np.ndarray
    values: np.ndarray


def mean_scores(runs: Sequence[Mapping[str, UnitScores]]) -> dict[str, UnitScores]:
    """Return each unit's mean over runs, of the metrics that all runs have.

    Raises:
        UserError: when the runs score different units.
    """
    first, *others = runs
    means = {}
    for metric, scores in first.items():
        if all(metric in other for other in others):
            alike = [scores, *(other[metric] for other in others)]
            for other in alike:
                check_same_units(metric, scores, other)
            means[metric] = UnitScores(scores.unit, scores.ids, np.mean([one.values for one in alike], axis=0))
    return means


def check_same_units(metric: str, one: UnitScores, other: UnitScores) -> None:
    """Raise UserError if the two do not score the same units in the same order."""
    if not np.array_equal(one.ids, other.ids):
        raise UserError(f"{metric} is not of the same {one.unit}s in all runs: the data or their split have changed")
