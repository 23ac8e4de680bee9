"""Reading and checking the YAML that describes a data set."""

from collections.abc import Hashable, Mapping
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


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice: of two node types called alike one would vanish."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable) or key in seen:
                problem = f"key {key!r} is given twice" if isinstance(key, Hashable) else "a key must be plain text"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_description(path: Path) -> Description:
    """Read and check the YAML at `path`.

    Raises UserError, naming file and line or key, where it is no YAML, misses a key, or has one too many.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), _Loader)
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file") from error
    except yaml.MarkedYAMLError as error:
        place = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UserError(f"{path}{place}: {error.problem}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not UTF-8; convert the file to UTF-8") from error
    except (OSError, yaml.YAMLError) as error:
        raise UserError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected keys and values, such as 'kind: graph'")
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
