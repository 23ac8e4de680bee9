"""The baseline that every representation must beat: the target's own features, as they are."""

import torch

from core.domain import ModelEntry
from core.errors import UserError
from datasets import GraphDataset
from graphcl.domain import models
from graphcl.frozen_task import FrozenTask
from graphcl.settings import EvaluatedSettings


class RawFeaturesSettings(EvaluatedSettings):
    """All settings of the raw-feature baseline."""


def build(settings: RawFeaturesSettings, dataset: GraphDataset, device: torch.device) -> FrozenTask:
    """Take the target's features as vectors.

    Raises:
        UserError: when the target type has no features.
    """
    features = dataset.graph[dataset.target].get("x")
    if features is None:
        raise UserError(
            f"{dataset.name}: node type {dataset.target!r} has no features to evaluate; try --model metapath2vec"
        )
    return FrozenTask(features.to_dense().to(device), dataset, settings.evaluation, settings.seed)


models.register("raw-features")(
    ModelEntry(
        name="raw-features",
        settings=RawFeaturesSettings,
        build=build,
        summary="baseline: the target nodes' own features, no learning",
        paper="none",
    )
)
