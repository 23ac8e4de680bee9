"""The search space: the settings that are tried, each between bounds or among choices."""

import json
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field

from core.errors import UserError
from core.settings import Section
from core.settings_files import read_settings_file
from core.settings_layers import Layer, resolve

if TYPE_CHECKING:
    from optuna.trial import Trial

Number = int | float
Stored = str | int | float | bool | None
"""What a study can keep of a choice."""


@dataclass(frozen=True)
class Range:
    """A setting between two bounds, both included: whole numbers where both bounds are.

    `log` draws evenly on a logarithmic scale, `step` from `low` in steps. `when` gives for other settings of the space
    the values under which this one is tried.
    """

    key: str
    low: Number
    high: Number
    log: bool
    step: Number | None
    when: Mapping[str, Sequence[Any]]

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are tried."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def suggest(self, trial: "Trial") -> Number:
        """Ask a study for a value."""
        if self.is_whole:
            return trial.suggest_int(self.key, int(self.low), int(self.high), step=int(self.step or 1), log=self.log)
        return trial.suggest_float(self.key, self.low, self.high, step=self.step, log=self.log)

    def read(self, stored: Any) -> Number:
        """Return the value that a study keeps."""
        return int(stored) if self.is_whole else float(stored)

    def extremes(self) -> list[Number]:
        """Return the values whose refusal says that the range is wrong."""
        return [self.low] if self.low == self.high else [self.low, self.high]

    def sample(self, source: random.Random) -> Number:
        """Return any value."""
        if self.log:
            value = math.exp(source.uniform(math.log(self.low), math.log(self.high)))
        elif self.step:
            value = self.low + self.step * source.randint(0, int((self.high - self.low) / self.step))
        else:
            value = source.uniform(self.low, self.high)
        return round(value) if self.is_whole else value

    def describe(self) -> dict[str, Any]:
        """Return it as the file would say it."""
        rest = {"log": self.log or None, "step": self.step, "when": dict(self.when) or None}
        return {"low": self.low, "high": self.high, **{key: value for key, value in rest.items() if value is not None}}


@dataclass(frozen=True)
class Choices:
    """A setting that takes one of several values, of any kind; `when` as for a range."""

    key: str
    choices: Sequence[Any]
    when: Mapping[str, Sequence[Any]]

    def suggest(self, trial: "Trial") -> Any:
        """Ask a study for a value."""
        return self.read(trial.suggest_categorical(self.key, [_stored(one) for one in self.choices]))

    def read(self, stored: Stored) -> Any:
        """Return the value that a study keeps."""
        return next(one for one in self.choices if _stored(one) == stored)

    def extremes(self) -> list[Any]:
        """Return the values whose refusal says that the choice is wrong."""
        return list(self.choices)

    def sample(self, source: random.Random) -> Any:
        """Return any value."""
        return source.choice(self.choices)

    def describe(self) -> dict[str, Any]:
        """Return it as the file would say it."""
        return {"choices": list(self.choices), **({"when": dict(self.when)} if self.when else {})}


Parameter: TypeAlias = Range | Choices


@dataclass(frozen=True)
class Space:
    """The parameters of a file, in its order: what another depends on stands above it."""

    path: Path
    parameters: Sequence[Parameter]

    def values(self, choose: Callable[[Parameter], Any]) -> dict[str, Any]:
        """Return a value for each parameter whose conditions hold, by its key."""
        values: dict[str, Any] = {}
        for one in self.parameters:
            if all(parent in values and values[parent] in fitting for parent, fitting in one.when.items()):
                values[one.key] = choose(one)
        return values

    def suggest(self, trial: "Trial") -> dict[str, Any]:
        """Ask a study for values."""
        return self.values(lambda one: one.suggest(trial))

    def read(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a trial that a study keeps."""
        return {one.key: one.read(stored[one.key]) for one in self.parameters if one.key in stored}

    def describe(self) -> dict[str, Any]:
        """Return the space as plain values."""
        return {one.key: one.describe() for one in self.parameters}


def assignments(values: Mapping[str, Any]) -> list[str]:
    """Return values as `--set` takes them.

    >>> assignments({"optimizer.lr": 0.001, "objective.name": "nt-xent"})
    ['optimizer.lr=0.001', 'objective.name="nt-xent"']
    """
    return [f"{key}={json.dumps(value, ensure_ascii=False, default=str)}" for key, value in values.items()]


def read_space(path: Path) -> Space:
    """Read a file of dotted setting keys, each with `low` and `high`, or `choices`.

    Raises:
        UserError: naming the file and the key that is wrong. Whether there is such a setting is not known here.
    """
    parameters: list[Parameter] = []
    for key, values in _specifications(read_settings_file(path), path):
        if any(one.key == key for one in parameters):
            raise UserError(f"{path}: {key} is given twice")
        parameters.append(_parameter(key, values, f"{path}: {key}", parameters))
    if not parameters:
        raise UserError(
            f"{path}: names no setting; expected such as optimizer.lr: {{low: 1e-4, high: 1e-2, log: true}}"
        )
    return Space(path, tuple(parameters))


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("expected a number")
    return value


Bound = Annotated[int | float, BeforeValidator(_number)]


class _RangeFields(Section):
    low: Bound | None = None
    high: Bound | None = None
    log: bool = False
    step: Annotated[Bound, Field(gt=0)] | None = None
    when: dict[str, Any] = Field(default_factory=dict)


class _ChoiceFields(Section):
    choices: list[Any] = Field(min_length=1)
    when: dict[str, Any] = Field(default_factory=dict)


_WORDS = {*_RangeFields.model_fields, *_ChoiceFields.model_fields}


def _specifications(values: Mapping[str, Any], path: Path, prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the dotted keys with what is said of them; sections may be nested, too."""
    for name, value in values.items():
        key = f"{prefix}{name}"
        if not isinstance(value, Mapping) or not value:
            raise UserError(f"{path}: {key} expects {{low: ..., high: ...}} or {{choices: [...]}}, got {value!r}")
        if not value.keys() & _WORDS and all(isinstance(one, Mapping) for one in value.values()):
            yield from _specifications(value, path, f"{key}.")
        else:
            yield key, value


def _parameter(key: str, values: Mapping[str, Any], place: str, above: Sequence[Parameter]) -> Parameter:
    if "choices" in values:
        choice = resolve(_ChoiceFields, [Layer(values, place)])
        stored = [_stored(one) for one in choice.choices]
        if len(set(stored)) < len(stored):
            raise UserError(f"{place}: a choice is given twice")
        return Choices(key, tuple(choice.choices), _conditions(choice.when, place, above))
    given = resolve(_RangeFields, [Layer(values, place)])
    if given.low is None or given.high is None:
        raise UserError(f"{place}: give both low and high, or choices")
    if given.low > given.high:
        raise UserError(f"{place}: low is {given.low}, which is more than high, {given.high}")
    if given.log and given.step is not None:
        raise UserError(f"{place}: log and step do not go together; leave one out")
    if given.log and given.low <= 0:
        raise UserError(f"{place}: on a logarithmic scale low must be more than 0")
    low, high, step = given.low, given.high, given.step
    if not all(isinstance(one, int) for one in (low, high, *([] if step is None else [step]))):
        low, high = float(low), float(high)
    return Range(key, low, high, given.log, step, _conditions(given.when, place, above))


def _conditions(when: Mapping[str, Any], place: str, above: Sequence[Parameter]) -> dict[str, Sequence[Any]]:
    known = {one.key: one.choices for one in above if isinstance(one, Choices)}
    conditions: dict[str, Sequence[Any]] = {}
    for key, value in when.items():
        fitting = value if isinstance(value, list) else [value]
        if key not in known:
            raise UserError(f"{place}: when: {key} must stand above with its choices")
        strange = [one for one in fitting if one not in known[key]]
        if strange:
            raise UserError(f"{place}: when: {strange[0]!r} is not among the choices of {key}")
        conditions[key] = tuple(fitting)
    return conditions


def _stored(choice: Any) -> Stored:
    return choice if isinstance(choice, Stored) else json.dumps(choice, ensure_ascii=False, default=str)
