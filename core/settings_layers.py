"""Laying settings over each other and checking the result, with errors that say where a value came from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from core.errors import UserError
from core.section_choice import SectionChoice
from core.settings_files import read_settings_file

S = TypeVar("S", bound=BaseModel)

_EXPECTED = {
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "string": "a text",
    "list": "a list",
    "tuple": "a list",
    "dict": "keys and values",
    "model": "a section of keys and values",
    "finite": "a finite number",
}
"""The first word of pydantic's error type -> what the user should write."""


@dataclass(frozen=True)
class Layer:
    """Nested values and the place they come from, as an error names it."""

    values: Mapping[str, Any]
    origin: str


def model_layers(path: Path, dataset: str) -> list[Layer]:
    """Return the layers of `configs/<model>.yaml`: its defaults, then the block of `dataset` if it has one.

    The file's keys are `model`, `defaults` and `datasets`; another raises UserError.
    """
    content = read_settings_file(path)
    for key in content:
        if key not in ("model", "defaults", "datasets"):
            raise UserError(f"{path}: unknown key {key!r}; expected model, defaults, datasets")
    blocks = _mapping(content.get("datasets"), f"{path}: datasets")
    return [
        Layer(_mapping(content.get("defaults"), f"{path}: defaults"), f"{path}, defaults"),
        Layer(_mapping(blocks.get(dataset), f"{path}: datasets.{dataset}"), f"{path}, datasets.{dataset}"),
    ]


def resolve(schema: type[S], layers: Sequence[Layer]) -> S:
    """Return `schema` filled from `layers`, later ones over earlier ones, key by key.

    Lists are replaced, not joined. A section that is chosen by its name (`core.section_choice`) begins anew where a
    layer chooses another. Raises UserError naming the dotted key, its origin and, for an unknown key, the closest
    valid one; all mistakes are named at once.
    """
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    choices = dict(_choices(schema))
    for layer in layers:
        _lay_over(merged, layer.values, choices)
        origins.update(dict.fromkeys(_dotted_keys(layer.values), layer.origin))
    try:
        return schema.model_validate(merged)
    except ValidationError as error:
        known = list(schema_keys(schema, merged))
        raise UserError("\n".join(_explain(detail, origins, known) for detail in error.errors())) from None


def schema_keys(schema: type[BaseModel], values: Mapping[str, Any] | None = None, prefix: str = "") -> Iterator[str]:
    """Yield every dotted key of a settings class, sections included; of sections to choose from, that of `values`."""
    for name, field in schema.model_fields.items():
        yield prefix + name
        given = (values or {}).get(name)
        inner = given if isinstance(given, Mapping) else {}
        choice = _choice(field)
        for section in [choice.section(inner)] if choice else _sections(field.annotation):
            yield from schema_keys(section, inner, f"{prefix}{name}.")


def _choices(schema: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, SectionChoice]]:
    """Yield the dotted keys whose sections are chosen by name."""
    for name, field in schema.model_fields.items():
        choice = _choice(field)
        if choice is not None:
            yield prefix + name, choice
        for section in _sections(field.annotation):
            yield from _choices(section, f"{prefix}{name}.")


def _choice(field: FieldInfo) -> SectionChoice | None:
    return next((mark for mark in field.metadata if isinstance(mark, SectionChoice)), None)


def _sections(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _sections(argument)


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UserError(f"{place} expects keys and values, got {value!r}")
    return value


def _lay_over(
    below: dict[str, Any], above: Mapping[str, Any], choices: Mapping[str, SectionChoice], prefix: str = ""
) -> None:
    for key, value in above.items():
        if isinstance(value, Mapping):
            found, choice = below.get(key), choices.get(prefix + key)
            inner = dict(found) if isinstance(found, dict) else {}
            if choice is not None and "name" in value and choice.name_in(value) != choice.name_in(inner):
                inner = {}
            below[key] = inner
            _lay_over(below[key], value, choices, f"{prefix}{key}.")
        else:
            below[key] = value


def _dotted_keys(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in values.items():
        yield f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _dotted_keys(value, f"{prefix}{key}.")


def _explain(detail: ErrorDetails, origins: Mapping[str, str], known: Sequence[str]) -> str:
    kind = detail["type"]
    dotted = _given_key(detail["loc"], origins, missing=kind == "missing")
    origin = origins.get(dotted)
    where = f" (from {origin})" if origin else ""
    if kind == "extra_forbidden":
        close = get_close_matches(dotted, known, n=1, cutoff=0.4)
        return f"unknown setting {dotted}{where}" + (f"; did you mean {close[0]}?" if close else "")
    if kind == "missing":
        return f"setting {dotted} is missing; give it with --set {dotted}=VALUE"
    expected = _EXPECTED.get(kind.split("_")[0])
    if expected is None:
        # Such as "Input should be greater than or equal to 1", or the text of a validator.
        return f"{dotted}{where}: {_lower_first(detail['msg'])}, got {detail['input']!r}"
    return f"{dotted}{where} expects {expected}, got {detail['input']!r}"


def _given_key(location: Sequence[str | int], origins: Mapping[str, str], *, missing: bool) -> str:
    """Return the dotted key as the user gave it: pydantic's location also has branches of unions and places in lists.

    Of what is missing, the last part was not given.
    """
    parts = [str(part) for part in location]
    key = ""
    for part in parts:
        longer = f"{key}.{part}" if key else part
        if longer in origins:
            key = longer
    if missing and parts:
        return f"{key}.{parts[-1]}" if key else parts[-1]
    return key or ".".join(parts)


def _lower_first(text: str) -> str:
    return text.removeprefix("Value error, ")[:1].lower() + text.removeprefix("Value error, ")[1:]
