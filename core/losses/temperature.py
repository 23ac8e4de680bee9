"""Temperatures that change as training goes on: constant, linear, cosine."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class ConstantTemperature:
    """The same temperature at every step.

    Raises:
        ValueError: when the temperature is not positive.

    >>> ConstantTemperature(0.2)(1000)
    0.2
    """

    value: float

    def __post_init__(self) -> None:
        _check_positive(temperature=self.value)

    def __call__(self, step: float) -> float:
        """Return the temperature at ``step``."""
        return self.value


@dataclass(frozen=True)
class LinearTemperature:
    """From ``start`` to ``end`` in a straight line over ``steps`` steps, and ``end`` from then on.

    A small temperature pushes the nearest negatives, a large one all alike, which tolerates neighbours (Wang and Liu,
    *Understanding the Behaviour of Contrastive Loss*, CVPR 2021, who keep it fixed); this goes from one to the other.

    Raises:
        ValueError: when a temperature or the number of steps is not positive.

    >>> [round(LinearTemperature(0.1, 0.5, steps=4)(step), 2) for step in range(6)]
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.5]
    """

    start: float
    end: float
    steps: float

    def __post_init__(self) -> None:
        _check_positive(start=self.start, end=self.end, steps=self.steps)

    def __call__(self, step: float) -> float:
        """Return the temperature at ``step``, counted from 0."""
        done = min(max(step / self.steps, 0.0), 1.0)
        return self.start * (1 - done) + self.end * done


@dataclass(frozen=True)
class CosineTemperature:
    """Between ``high``, at step 0, and ``low``, half a period on, and back, without end.

    ``low + (high - low) (1 + cos(2 pi step / period)) / 2`` (Kukleva et al., *Temperature Schedules for Self-Supervised
    Contrastive Methods on Long-Tail Data*, ICLR 2023). Training turns between telling groups apart, at large
    temperatures, and instances, at small ones; rare classes need the second. The authors' runs go from 1.0 to 0.1
    and back within 400 of 2000 epochs.

    Raises:
        ValueError: when a temperature or the period is not positive, or low exceeds high.

    >>> [round(CosineTemperature(0.1, 0.5, period=8)(step), 3) for step in (0, 2, 4, 8, 12)]
    [0.5, 0.3, 0.1, 0.5, 0.1]
    """

    low: float
    high: float
    period: float

    def __post_init__(self) -> None:
        _check_positive(low=self.low, high=self.high, period=self.period)
        if self.low > self.high:
            raise ValueError(f"low must not exceed high, got {self.low} and {self.high}")

    def __call__(self, step: float) -> float:
        """Return the temperature at ``step``, counted from 0, in the unit of the period."""
        share = (1 + math.cos(2 * math.pi * step / self.period)) / 2
        return self.low * (1 - share) + self.high * share


def _check_positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if not 0 < number < math.inf:
            raise ValueError(f"{name} must be positive and finite, got {number}")
