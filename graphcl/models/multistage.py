"""Multistage contrast: later stages learn the features that the earlier ones suppressed."""

import torch
from pydantic import Field
from torch import Tensor

from core.domain import ModelEntry
from core.multistage import cluster_info_nce
from core.settings import Section
from datasets import GraphDataset
from graphcl.domain import models
from graphcl.encoders import EncodedViews
from graphcl.multistage_task import MultistageTask, StageSettings
from graphcl.settings import ContrastSettings


class StageObjective(Section):
    """The loss of a stage.

    Attributes:
        temperature: of the similarities.
        block: rows a block of the N x N loss; null chooses by the cache.
    """

    temperature: float = Field(0.5, gt=0)
    block: int | None = Field(None, ge=1)


class MultistageSettings(ContrastSettings):
    """All settings of multistage contrast."""

    stages: StageSettings = StageSettings()
    objective: StageObjective = StageObjective()


def build(settings: MultistageSettings, dataset: GraphDataset, device: torch.device) -> MultistageTask:
    """Build multistage contrast for a graph.

    Raises:
        UserError: when the settings of trainer and stages contradict each other or the graph is too small for them.
    """
    objective = settings.objective

    def loss(encoded: EncodedViews, cells: Tensor) -> Tensor:
        """Contrast the coarse view's rows with the fine view's of their cell."""
        return cluster_info_nce(
            encoded.coarse, encoded.fine, cells, temperature=objective.temperature, block=objective.block
        )

    return MultistageTask(dataset, settings, settings.stages, loss, device)


models.register("multistage")(
    ModelEntry(
        name="multistage",
        settings=MultistageSettings,
        build=build,
        summary="InfoNCE in stages: negatives from the clusters of the stages before, embeddings side by side",
        paper="Zhang et al., ECCV 2024, arXiv 2402.11816",
    )
)
