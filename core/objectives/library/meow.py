"""MEOW's objective: hard-weighted negatives from clusterings, and their prototypes."""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from core.losses import weighted_info_nce
from core.objectives.clusterings import Clusterings, ClusteringSettings
from core.objectives.entry import Objective, ObjectiveEntry, Offer, Views
from core.objectives.prototypes import prototype_contrast
from core.objectives.registry import objectives
from core.objectives.settings import temperature_at


class MeowObjective(ClusteringSettings):
    """See :func:`core.losses.weighted_info_nce` and :func:`core.losses.proto_nce`.

    The other view is clustered; `prototype_weight` is lambda of the prototypes' part. `temperature` is that of both
    parts (the mean one of the prototypes).
    """

    name: Literal["meow"] = "meow"
    prototype_weight: float = Field(1.0, ge=0)


def build(settings: MeowObjective, offer: Offer) -> Objective:
    """Return the sum of both parts."""
    cluster = Clusterings(settings, offer)

    def loss(views: Views) -> dict[str, Tensor]:
        temperature = temperature_at(settings.temperature, views.epoch)
        found = cluster(views.other)
        contrast = weighted_info_nce(
            views.anchor,
            views.other,
            torch.stack([one.assignment for one in found]),
            temperature=temperature,
            block=settings.block,
        )
        prototypes = prototype_contrast(views.anchor, found, temperature)
        whole = contrast + settings.prototype_weight * prototypes
        return {"loss": whole, "contrast": contrast, "prototypes": prototypes}

    return loss


objectives.register("meow")(
    ObjectiveEntry(
        name="meow",
        settings=MeowObjective,
        build=build,
        summary="weighted InfoNCE, and the prototypes of the same clusterings",
        paper="Yu et al., Heterogeneous Graph Contrastive Learning with Meta-path Contexts",
        year=2022,
    )
)
