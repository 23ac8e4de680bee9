"""Data sets made in memory from a seed, with known structure to recover."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import UserError, unknown_name
from datasets.generators.planted_graph import GeneratedParts, PlantedGraph, planted_graph
from datasets.generators.planted_sequences import GeneratedLog, PlantedSequences, planted_sequences
from datasets.validation import validation_problems

__all__ = [
    "GeneratedLog",
    "GeneratedParts",
    "PlantedGraph",
    "PlantedSequences",
    "generate_graph",
    "generate_sequences",
    "parameter_names",
    "planted_graph",
    "planted_sequences",
]

Made = TypeVar("Made")
Generators = Mapping[str, tuple[type[BaseModel], Callable[[Any], Made]]]

_GRAPHS: Generators[GeneratedParts] = {"planted-graph": (PlantedGraph, planted_graph)}
_SEQUENCES: Generators[GeneratedLog] = {"planted-sequences": (PlantedSequences, planted_sequences)}


def parameter_names(generator: str) -> tuple[str, ...]:
    """Return the parameters that `generator` takes."""
    known: Generators[Any] = {**_GRAPHS, **_SEQUENCES}
    return tuple(_lookup(generator, known)[0].model_fields)


def generate_graph(generator: str, parameters: Mapping[str, Any]) -> GeneratedParts:
    """Run a generator of graphs. Raises UserError for a name or value that it does not take."""
    return _generate(generator, parameters, _GRAPHS)


def generate_sequences(generator: str, parameters: Mapping[str, Any]) -> GeneratedLog:
    """Run a generator of logs. Raises UserError for a name or value that it does not take."""
    return _generate(generator, parameters, _SEQUENCES)


def _generate(generator: str, parameters: Mapping[str, Any], known: Generators[Made]) -> Made:
    form, make = _lookup(generator, known)
    for name in parameters:
        if name not in form.model_fields:
            raise unknown_name(f"parameter of {generator}", name, form.model_fields)
    try:
        checked = form.model_validate(dict(parameters))
    except ValidationError as error:
        raise UserError(f"parameters of {generator}: {validation_problems(error)}") from error
    return make(checked)


def _lookup(generator: str, known: Generators[Made]) -> tuple[type[BaseModel], Callable[[Any], Made]]:
    if generator not in known:
        raise unknown_name("generator", generator, known)
    return known[generator]
