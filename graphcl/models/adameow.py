"""AdaMEOW: meta-path contexts and negatives weighted by a small network that is learnt along."""

from typing import Annotated

import torch

from core.domain import ModelEntry
from core.objectives import ObjectiveSettings, objective_named
from core.objectives.library.adaptive_info_nce import AdaptiveObjective
from datasets import GraphDataset
from graphcl.contrast_task import ContrastTask
from graphcl.domain import models
from graphcl.settings import ContrastSettings


class AdaMeowSettings(ContrastSettings):
    """All settings of AdaMEOW."""

    objective: Annotated[ObjectiveSettings, objective_named("adaptive-info-nce")] = AdaptiveObjective()


def build(settings: AdaMeowSettings, dataset: GraphDataset, device: torch.device) -> ContrastTask:
    """Build AdaMEOW for a graph: the anchors are the fine view's rows."""
    return ContrastTask(dataset, settings, settings.objective, device, anchor="fine")


models.register("adameow")(
    ModelEntry(
        name="adameow",
        settings=AdaMeowSettings,
        build=build,
        summary="meta-path contexts, negatives weighted by a learnt pair network",
        paper="Yu et al., TKDE 2024, arXiv 2212.13847",
    )
)
