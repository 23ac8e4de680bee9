"""Reading settings from YAML files and from `--set section.key=value`."""

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from core.errors import UserError


class _SettingsLoader(yaml.SafeLoader):
    """Safe YAML that also reads `5e-4` as a number and refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.MarkedYAMLError(problem="a key must be plain text", problem_mark=key_node.start_mark)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"key {key!r} is given twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


# YAML 1.1 asks for a dot and a signed exponent; everyone writes 5e-4.
_SettingsLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)


def parse_value(text: str) -> Any:
    """Return the value of a piece of YAML, such as `5`, `5e-4`, `null` or `[20, 40]`."""
    return yaml.load(text, _SettingsLoader)


def read_settings_file(path: Path) -> dict[str, Any]:
    """Return a YAML file's mapping; raises UserError naming the file and line when it is not one."""
    try:
        values = parse_value(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}{_place(error)}: {getattr(error, 'problem', None) or error}") from None
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise UserError(f"{path}: expected keys and values (`key: value` lines) at the top level")
    return values


def write_settings(values: Mapping[str, Any]) -> str:
    """Return settings as YAML text that `read_settings_file` reads back to equal values."""
    return yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True)


def parse_assignments(assignments: Iterable[str]) -> dict[str, Any]:
    """Return the nested mapping of `section.key=value` texts; a later one wins.

    >>> parse_assignments(["trainer.epochs=5", "optimizer.lr=5e-4"])
    {'trainer': {'epochs': 5}, 'optimizer': {'lr': 0.0005}}
    """
    nested: dict[str, Any] = {}
    for assignment in assignments:
        dotted, separator, text = assignment.partition("=")
        *sections, key = dotted.strip().split(".")
        if not separator or not key or not all(sections):
            raise UserError(f"--set {assignment}: expected section.key=value, for example trainer.epochs=50")
        try:
            value = parse_value(text)
        except yaml.YAMLError as error:
            raise UserError(f"--set {assignment}: the value is not valid YAML: {error}") from None
        place = nested
        for section in sections:
            inner = place.setdefault(section, {})
            if not isinstance(inner, dict):
                raise UserError(f"--set {assignment}: {section} was already given a plain value")
            place = inner
        place[key] = value
    return nested


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that is not itself keys and values, under its dotted key.

    >>> dict(flatten({"trainer": {"epochs": 5}, "seed": 0}))
    {'trainer.epochs': 5, 'seed': 0}
    """
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f":{mark.line + 1}" if mark is not None else ""
