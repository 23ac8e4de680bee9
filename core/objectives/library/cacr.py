"""CACR: far positives are attracted and near negatives repelled."""

from typing import Literal

from pydantic import Field
from torch import Tensor

from core.losses import cacr
from core.objectives.entry import Objective, ObjectiveEntry, Offer, Views
from core.objectives.registry import objectives
from core.objectives.settings import ManyViewsSettings


class CacrSettings(ManyViewsSettings):
    """See :func:`core.losses.cacr`: `attraction` and `repulsion` are inverse squared distances."""

    name: Literal["cacr"] = "cacr"
    similarity: Literal["cosine"] = "cosine"  # nothing else bounds the loss from below
    attraction: float = Field(1.0, ge=0)
    repulsion: float = Field(2.0, ge=0)
    fixed_weights: bool = False


def build(settings: CacrSettings, offer: Offer) -> Objective:
    """Return the loss of the views."""

    def loss(views: Views) -> dict[str, Tensor]:
        found = cacr(
            views.all,
            attraction=settings.attraction,
            repulsion=settings.repulsion,
            fixed_weights=settings.fixed_weights,
            block=settings.block,
        )
        return {"loss": found}

    return loss


objectives.register("cacr")(
    ObjectiveEntry(
        name="cacr",
        settings=CacrSettings,
        build=build,
        summary="far positives attract more, near negatives repel more",
        paper="Zheng et al., Contrastive Attraction and Contrastive Repulsion for Representation Learning",
        year=2021,
    )
)
