"""The graph domain as the command line sees it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.domain import Domain, ModelEntry
from core.registry import Registry

if TYPE_CHECKING:
    from core.task import Task
    from core.unit_scores import UnitScores
    from datasets import GraphDataset
    from graphcl.settings import EvaluatedSettings

models: Registry[ModelEntry] = Registry("model", "graphcl.models")
"""Every module of `graphcl.models` registers its model here."""


def _node_scores(task: "Task", dataset: "GraphDataset", settings: "EvaluatedSettings") -> "Mapping[str, UnitScores]":
    from graphcl.evaluation.node_scores import node_scores  # noqa: PLC0415 - torch, which `--help` does not need

    return node_scores(task, dataset, settings)


domain = Domain(
    name="graphcl",
    data_kind="graph",
    models=models,
    headlines=("classification/*/micro_f1", "clustering/nmi", "clustering/ari"),
    unit_scores=_node_scores,
)
