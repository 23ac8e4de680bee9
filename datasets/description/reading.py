"""Reading and checking the YAML that describes a data set."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from core.errors import UserError, unknown_name
from datasets.description.graph import FileGraph, GeneratedGraph
from datasets.description.sequence import FileSequences, GeneratedSequences
from datasets.validation import validation_problems

Description = FileGraph | GeneratedGraph | FileSequences | GeneratedSequences

_FORMS: dict[str, tuple[type[Description], type[Description]]] = {
    "graph": (FileGraph, GeneratedGraph),
    "sequence": (FileSequences, GeneratedSequences),
}
"""Kind -> the form of what is read from files, and of what is generated."""


def read_description(path: Path) -> Description:
    """Read and check the YAML at `path`.

    Raises UserError, naming file and key, where it is no YAML, misses a key, or has one too many.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected keys such as title and kind, found {type(content).__name__}")
    return check_description(content, str(path))


def check_description(content: Mapping[str, Any], origin: str) -> Description:
    """Return the description that `content` holds; `origin` names it in the UserError otherwise."""
    kind = content.get("kind")
    if kind is None:
        raise UserError(f"{origin}: kind: missing; expected one of {', '.join(_FORMS)}")
    if not isinstance(kind, str) or kind not in _FORMS:
        raise UserError(f"{origin}: {unknown_name('kind', str(kind), _FORMS)}")
    from_files, generated = _FORMS[kind]
    try:
        return (generated if "generator" in content else from_files).model_validate(dict(content))
    except ValidationError as error:
        raise UserError(f"{origin}: {validation_problems(error)}") from error
