"""Changing a catalogue entry from a run's settings."""

from collections.abc import Mapping
from typing import Any

from core.errors import unknown_name
from datasets.description import (
    Description,
    FileGraph,
    FileSequences,
    GeneratedGraph,
    Table,
    check_description,
)
from datasets.generators import parameter_names


def apply_overrides(name: str, description: Description, overrides: Mapping[str, Any]) -> Description:
    """Return `description` with `overrides` in place of what it says.

    Of a graph, `meta_paths`, or `suggest`, replaces all of them (and their `contexts`, unless those are given as
    well) and `walks` the walk parameters it names; of a log in a file, any key of its `table` that key; of what is
    generated, a generator's parameter that parameter. Raises UserError for an unknown key, with the closest
    known one, or for a value that does not fit.
    """
    sections = _sections(description)
    known = _replaceable(description) | set(sections)
    for key in overrides:
        if key not in known:
            raise unknown_name(f"setting of dataset {name}", key, known)
    content = description.model_dump(exclude_unset=True)
    if overrides.keys() & {"meta_paths", "suggest"}:
        content |= {"meta_paths": {}, "contexts": {}}
    for key, value in overrides.items():
        if key in sections:
            content[sections[key]] = {**content.get(sections[key], {}), key: value}
        elif key == "walks" and isinstance(value, Mapping):
            content["walks"] = {**content.get("walks", {}), **value}
        else:
            content[key] = value
    return check_description(content, f"settings of dataset {name}")


def _sections(description: Description) -> dict[str, str]:
    """Return the keys that a run sets by themselves, though they stand in a section of the description."""
    if isinstance(description, FileGraph):
        return {}
    if isinstance(description, FileSequences):
        return dict.fromkeys(Table.model_fields, "table")
    return dict.fromkeys(parameter_names(description.generator), "parameters")


def _replaceable(description: Description) -> set[str]:
    """Return the keys of the description itself that a run may replace."""
    if isinstance(description, FileGraph):
        return {"meta_paths", "suggest", "contexts", "walks"}
    return {"meta_paths", "suggest", "contexts"} if isinstance(description, GeneratedGraph) else set()
