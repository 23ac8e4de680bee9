"""Data sets made in memory from a seed, with known structure to recover."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from core.errors import UserError, unknown_name
from datasets.generators.planted_graph import GeneratedParts, PlantedGraph, planted_graph
from datasets.validation import validation_problems

__all__ = ["GeneratedParts", "PlantedGraph", "generate", "parameter_names", "planted_graph"]

_GENERATORS = {"planted-graph": (PlantedGraph, planted_graph)}


def parameter_names(generator: str) -> tuple[str, ...]:
    """Return the parameters that `generator` takes."""
    return tuple(_lookup(generator)[0].model_fields)


def generate(generator: str, parameters: Mapping[str, Any]) -> GeneratedParts:
    """Run `generator`. Raises UserError for a name or value that it does not take."""
    form, make = _lookup(generator)
    for name in parameters:
        if name not in form.model_fields:
            raise unknown_name(f"parameter of {generator}", name, form.model_fields)
    try:
        checked = form.model_validate(dict(parameters))
    except ValidationError as error:
        raise UserError(f"parameters of {generator}: {validation_problems(error)}") from error
    return make(checked)


def _lookup(generator: str) -> tuple[Any, Any]:
    if generator not in _GENERATORS:
        raise unknown_name("generator", generator, _GENERATORS)
    return _GENERATORS[generator]
