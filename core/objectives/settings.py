"""The settings that objectives share, and temperatures that may follow a schedule."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from core.losses import CosineTemperature, LinearTemperature
from core.settings import Section

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class LinearSchedule(Section):
    """From `start` to `end` in a straight line over `epochs` epochs, and `end` from then on."""

    schedule: Literal["linear"] = "linear"
    start: Positive
    end: Positive
    epochs: Positive


class CosineSchedule(Section):
    """From `high` down to `low` and back in every `period` epochs."""

    schedule: Literal["cosine"] = "cosine"
    high: Positive
    low: Positive
    period: Positive

    @model_validator(mode="after")
    def _has_order(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low is {self.low}, above high, {self.high}")
        return self


def _form(value: Any) -> str:
    if isinstance(value, Mapping):
        return "cosine" if value.get("schedule") == "cosine" else "linear"
    return value.schedule if isinstance(value, LinearSchedule | CosineSchedule) else "number"


SchedulableTemperature = Annotated[
    Annotated[Positive, Tag("number")]
    | Annotated[LinearSchedule, Tag("linear")]
    | Annotated[CosineSchedule, Tag("cosine")],
    Discriminator(_form),
]
"""A number, or {schedule: linear, start, end, epochs}, or {schedule: cosine, high, low, period}, over epochs."""


def temperature_at(temperature: "float | LinearSchedule | CosineSchedule", epoch: int) -> float:
    """Return the temperature of an epoch, counted from 0.

    >>> [temperature_at(LinearSchedule(start=0.5, end=0.1, epochs=2), epoch) for epoch in range(4)]
    [0.5, 0.3, 0.1, 0.1]
    """
    if isinstance(temperature, LinearSchedule):
        return LinearTemperature(temperature.start, temperature.end, temperature.epochs)(epoch)
    if isinstance(temperature, CosineSchedule):
        return CosineTemperature(temperature.low, temperature.high, temperature.period)(epoch)
    return temperature


class ObjectiveSettings(Section):
    """What every objective has.

    Attributes:
        name: which one it is.
        similarity: whether rows are compared by their cosine, or by their dot product as the encoder leaves them.
            Where an encoder gives rows of length 1, both are the same.
        block: rows a block of N x N losses; null chooses by the cache.
    """

    name: str
    similarity: Literal["cosine", "dot"] = "cosine"
    block: int | None = Field(None, ge=1)

    @property
    def takes_all_views(self) -> bool:
        """Whether the objective looks at more than two views, so that they are worth computing."""
        return False

    @property
    def teacher_momentum(self) -> float | None:
        """The momentum of the copy of the encoder that the objective asks for; None for none."""
        return None


class TeacherSettings(ObjectiveSettings):
    """What an objective has that may pull towards a momentum copy of the encoder.

    Attributes:
        momentum: of that copy at the beginning; it rises to 1 along half a cosine over all epochs. Null: the views
            themselves, without gradient, stand in for the copy's.
    """

    momentum: Annotated[float, Field(ge=0, le=1)] | None = None

    @property
    def teacher_momentum(self) -> float | None:
        """The momentum of the copy, None without one."""
        return self.momentum


class ManyViewsSettings(ObjectiveSettings):
    """What an objective over several views has: `views` says whether it takes all that a model has, or two."""

    views: Literal["all", "two"] = "all"

    @property
    def takes_all_views(self) -> bool:
        """Whether it takes them all."""
        return self.views == "all"
