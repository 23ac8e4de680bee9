"""Laying settings over each other and checking the result, with errors that say where a value came from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.errors import UserError
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

    Lists are replaced, not joined. Raises UserError naming the dotted key, its origin and, for an unknown
    key, the closest valid one; all mistakes are named at once.
    """
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for layer in layers:
        _lay_over(merged, layer.values)
        origins.update(dict.fromkeys(_dotted_keys(layer.values), layer.origin))
    try:
        return schema.model_validate(merged)
    except ValidationError as error:
        known = list(schema_keys(schema))
        raise UserError("\n".join(_explain(detail, origins, known) for detail in error.errors())) from None


def schema_keys(schema: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield every dotted key of a settings class, sections included."""
    for name, field in schema.model_fields.items():
        yield prefix + name
        for section in _sections(field.annotation):
            yield from schema_keys(section, f"{prefix}{name}.")


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


def _lay_over(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, Mapping):
            inner = below.get(key)
            below[key] = dict(inner) if isinstance(inner, dict) else {}
            _lay_over(below[key], value)
        else:
            below[key] = value


def _dotted_keys(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in values.items():
        yield f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _dotted_keys(value, f"{prefix}{key}.")


def _explain(detail: ErrorDetails, origins: Mapping[str, str], known: Sequence[str]) -> str:
    # pydantic puts positions in lists and branches of unions into `loc`; a user thinks of the key.
    dotted = _longest_known(".".join(str(part) for part in detail["loc"]), origins)
    origin = origins.get(dotted)
    where = f" (from {origin})" if origin else ""
    kind = detail["type"]
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


def _longest_known(dotted: str, origins: Mapping[str, str]) -> str:
    given = dotted
    while given and given not in origins:
        given = given.rpartition(".")[0]
    return given or dotted


def _lower_first(text: str) -> str:
    return text.removeprefix("Value error, ")[:1].lower() + text.removeprefix("Value error, ")[1:]
