"""MEOW: meta-path contexts, hard-weighted negatives from clustering, and prototypes."""

from typing import Annotated

import torch

from core.domain import ModelEntry
from core.objectives import ObjectiveSettings, objective_named
from core.objectives.library.meow import MeowObjective
from datasets import GraphDataset
from graphcl.contrast_task import ContrastTask
from graphcl.domain import models
from graphcl.settings import ContrastSettings


class MeowSettings(ContrastSettings):
    """All settings of MEOW."""

    objective: Annotated[ObjectiveSettings, objective_named("meow")] = MeowObjective()


def build(settings: MeowSettings, dataset: GraphDataset, device: torch.device) -> ContrastTask:
    """Build MEOW for a graph: the anchors are the coarse view's rows, and the fine view is clustered."""
    return ContrastTask(dataset, settings, settings.objective, device, anchor="coarse")


models.register("meow")(
    ModelEntry(
        name="meow",
        settings=MeowSettings,
        build=build,
        summary="meta-path contexts, hard-weighted negatives from clustering, prototypes",
        paper="Yu et al., SDM 2023, arXiv 2212.13847",
    )
)
