"""InfoNCE with hard weights: a pair counts as often as clusterings keep it apart."""

from typing import Literal

import torch
from torch import Tensor

from core.losses import weighted_info_nce
from core.objectives.clusterings import Clusterings, ClusteringSettings
from core.objectives.entry import Objective, ObjectiveEntry, Offer, Views
from core.objectives.pairwise import pairwise
from core.objectives.registry import objectives


class WeightedInfoNceSettings(ClusteringSettings):
    """See :func:`core.losses.weighted_info_nce`; the other view is clustered."""

    name: Literal["weighted-info-nce"] = "weighted-info-nce"


def build(settings: WeightedInfoNceSettings, offer: Offer) -> Objective:
    """Return the loss of the two views."""
    cluster = Clusterings(settings, offer)

    def loss(views: Views) -> dict[str, Tensor]:
        assignments = torch.stack([one.assignment for one in cluster(views.other)])
        return pairwise(weighted_info_nce, settings, assignments=assignments)(views)

    return loss


objectives.register("weighted-info-nce")(
    ObjectiveEntry(
        name="weighted-info-nce",
        settings=WeightedInfoNceSettings,
        build=build,
        summary="negatives weighted by how many clusterings keep them apart",
        paper="Yu et al., Heterogeneous Graph Contrastive Learning with Meta-path Contexts",
        year=2022,
    )
)
