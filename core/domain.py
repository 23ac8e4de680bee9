"""What a domain package (graphs, sequences) hands to the command line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from core.registry import Registry

if TYPE_CHECKING:  # the command line reads this module before it needs torch
    import torch

    from core.task import Task
    from core.unit_scores import UnitScores


@dataclass(frozen=True)
class ModelEntry:
    """A model: the schema of its settings and how to build its task.

    `build(settings, dataset, device)` places everything on `device`. `configs/<name>.yaml` holds the
    defaults; the members of a family (`family:member`) share `configs/<family>.yaml`.
    """

    name: str
    settings: type[BaseModel]
    build: "Callable[[Any, Any, torch.device], Task]"
    summary: str
    paper: str


@dataclass(frozen=True)
class Domain:
    """A kind of data (`data_kind`: "graph") and the models that learn from it.

    `headlines` are the metrics, `*` for anything, that say in short how good a model is. `unit_scores(task, dataset,
    settings)` scores every user or node of the test as the evaluation does, before any mean; by the metrics' names.
    """

    name: str
    data_kind: str
    models: Registry[ModelEntry]
    headlines: tuple[str, ...] = ()
    unit_scores: "Callable[[Task, Any, Any], Mapping[str, UnitScores]] | None" = None
