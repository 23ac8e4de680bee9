"""Sequential recommendation as a domain of the command line."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.domain import Domain, ModelEntry
from core.registry import Registry

if TYPE_CHECKING:
    from core.task import Task
    from core.unit_scores import UnitScores
    from datasets import SequenceDataset
    from recsys.settings import EvaluatedSettings

models: Registry[ModelEntry] = Registry("model", "recsys.models")


def _user_scores(task: "Task", dataset: "SequenceDataset", settings: "EvaluatedSettings") -> "Mapping[str, UnitScores]":
    from recsys.evaluation.user_scores import user_scores  # noqa: PLC0415 - torch, which `--help` does not need

    return user_scores(task, dataset, settings.evaluation)


domain = Domain(
    name="recsys",
    data_kind="sequence",
    models=models,
    headlines=("test/hr@10", "test/ndcg@10", "valid/mrr@10", "test/coverage@10"),
    unit_scores=_user_scores,
)
