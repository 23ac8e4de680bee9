"""Changing a catalogue entry from a run's settings."""

from collections.abc import Mapping
from typing import Any

from core.errors import unknown_name
from datasets.description import Description, GeneratedGraph, check_description
from datasets.generators import parameter_names


def apply_overrides(name: str, description: Description, overrides: Mapping[str, Any]) -> Description:
    """Return `description` with `overrides` in place of what it says.

    `meta_paths` replaces all of them (and their `contexts`, unless those are given as well); `walks` replaces
    the walk parameters it names; a generator's parameter replaces that parameter. Raises UserError for an
    unknown key, with the closest known one, or for a value that does not fit.
    """
    parameters = parameter_names(description.generator) if isinstance(description, GeneratedGraph) else ()
    known = {"meta_paths", "contexts", *(parameters or ["walks"])}
    for key in overrides:
        if key not in known:
            raise unknown_name(f"setting of dataset {name}", key, known)
    content = description.model_dump(exclude_none=True)
    if "meta_paths" in overrides:
        content["contexts"] = {}
    for key, value in overrides.items():
        if key in parameters:
            content["parameters"] = {**content["parameters"], key: value}
        elif key == "walks" and isinstance(value, Mapping):
            content["walks"] = {**content["walks"], **value}
        else:
            content[key] = value
    return check_description(content, f"settings of dataset {name}")
