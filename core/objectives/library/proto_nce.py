"""ProtoNCE as in PCL: InfoNCE between instances, and each instance against the prototypes of clusterings."""

from typing import Literal

from pydantic import Field
from torch import Tensor

from core.losses import info_nce
from core.objectives.clusterings import Clusterings, ClusteringSettings
from core.objectives.entry import Objective, ObjectiveEntry, Offer, Views
from core.objectives.pairwise import pairwise
from core.objectives.prototypes import prototype_contrast
from core.objectives.registry import objectives
from core.objectives.settings import temperature_at


class ProtoNceSettings(ClusteringSettings):
    """See :func:`core.losses.proto_nce`; `prototype_weight` is that of the prototypes' part."""

    name: Literal["proto-nce"] = "proto-nce"
    prototype_weight: float = Field(1.0, ge=0)


def build(settings: ProtoNceSettings, offer: Offer) -> Objective:
    """Return the sum of both parts; the other view is clustered."""
    cluster, instances = Clusterings(settings, offer), pairwise(info_nce, settings)

    def loss(views: Views) -> dict[str, Tensor]:
        contrast = instances(views)["loss"]
        temperature = temperature_at(settings.temperature, views.epoch)
        prototypes = prototype_contrast(views.anchor, cluster(views.other), temperature)
        whole = contrast + settings.prototype_weight * prototypes
        return {"loss": whole, "contrast": contrast, "prototypes": prototypes}

    return loss


objectives.register("proto-nce")(
    ObjectiveEntry(
        name="proto-nce",
        settings=ProtoNceSettings,
        build=build,
        summary="InfoNCE, and each row against the prototypes of clusterings",
        paper="Li et al., Prototypical Contrastive Learning of Unsupervised Representations",
        year=2020,
    )
)
