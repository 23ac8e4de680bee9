"""Holding a space against the settings of a model before the first trial."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from core.command_line.plan import Plan
from core.errors import UserError
from core.settings_files import flatten
from core.tuning.space import Parameter, Range, Space

MakePlan = Callable[[Mapping[str, Any]], Plan]
"""From values by their dotted keys to a plan under them; raises UserError where the settings refuse them."""

_FIXED = {
    "dataset": "a study is of one data set",
    "model": "a study is of one model",
    "data": "all trials learn from the same data",
    "evaluation": "all trials are measured in the same way",
    "seed": "a trial that is lucky with its seed is no better; average over some with --seeds",
    "seeds": "give them by --seeds",
    "trainer.monitor": "trials compare by one metric; give it by --metric",
    "trainer.mode": "trials compare by one metric; give it by --set",
    "trainer.precision": "it is the same for all trials; give it by --set",
}
_TRIES = 16


def check_space(space: Space, make: MakePlan) -> Space:
    """Return the space with whole numbers where a setting takes nothing else, and only there.

    A bound or a choice must be taken by the settings, be it alone or together with other values of the space: what the
    settings refuse for the one may depend on the others.

    Raises:
        UserError: naming the file, the key and the value, and, for an unknown key, the closest.
    """
    for one in space.parameters:
        for key, reason in _FIXED.items():
            if any(each == key or each.startswith(f"{key}.") for each in _keys(one)):
                raise UserError(f"{space.path}: {one.key} cannot be searched: {reason}")
    return replace(space, parameters=tuple(_checked(one, space, make) for one in space.parameters))


def _keys(parameter: Parameter) -> Iterator[str]:
    """Yield the dotted keys that a parameter sets: its own, or, of choices among sections, those in them."""
    for value in parameter.extremes():
        yield from (key for key, _ in flatten({parameter.key: value}))


def _checked(parameter: Parameter, space: Space, make: MakePlan) -> Parameter:
    plans = [_accepted(parameter, value, space, make) for value in parameter.extremes()]
    if not isinstance(parameter, Range):
        return parameter
    kinds = _kinds(plans[0].settings, parameter.key)
    if parameter.is_whole and float in kinds and parameter.step is None:
        return replace(parameter, low=float(parameter.low), high=float(parameter.high))
    if not parameter.is_whole and int in kinds and float not in kinds:
        raise UserError(
            f"{space.path}: {parameter.key} takes whole numbers alone: write its bounds without a point, such as "
            f"{int(parameter.low)}"
        )
    return parameter


def _accepted(parameter: Parameter, value: Any, space: Space, make: MakePlan) -> Plan:
    """Return a plan with this value of one parameter: alone, or with any values of the others."""
    conditions = _parents(parameter, space)
    first: UserError | None = None
    for values in _settings_with({**conditions, parameter.key: value}, space):
        try:
            return make(values)
        except UserError as error:
            first = first or error
    raise UserError(f"{space.path}: {parameter.key} = {value!r} is refused: {first}")


def _settings_with(fixed: Mapping[str, Any], space: Space) -> Iterator[Mapping[str, Any]]:
    yield fixed
    source = random.Random(0)
    for _ in range(_TRIES):
        yield space.values(lambda one: fixed[one.key] if one.key in fixed else one.sample(source))


def _parents(parameter: Parameter, space: Space) -> dict[str, Any]:
    """Return values, for those that it depends on, under which a parameter is tried."""
    found: dict[str, Any] = {}
    for key, fitting in parameter.when.items():
        parent = next(one for one in space.parameters if one.key == key)
        found |= {**_parents(parent, space), key: fitting[0]}
    return found


def _kinds(settings: BaseModel, key: str) -> set[Any]:
    """Return the types that a setting is declared with; none where it lies in free keys and values."""
    *sections, name = key.split(".")
    inside: Any = settings
    for section in sections:
        inside = getattr(inside, section, None)
    if not isinstance(inside, BaseModel) or name not in type(inside).model_fields:
        return set()
    return set(_types(type(inside).model_fields[name].annotation))


def _types(annotation: Any) -> Iterator[Any]:
    arguments = () if get_origin(annotation) is Literal else get_args(annotation)
    if not arguments:
        yield annotation
    for one in arguments:
        yield from _types(one)
