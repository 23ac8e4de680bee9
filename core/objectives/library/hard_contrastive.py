"""The hard contrastive loss: InfoNCE against the hardest share of the negatives."""

from typing import Annotated, Literal

from pydantic import Field

from core.losses import hard_contrastive
from core.objectives.entry import Objective, ObjectiveEntry, Offer
from core.objectives.pairwise import TemperatureSettings, pairwise
from core.objectives.registry import objectives


class HardContrastiveSettings(TemperatureSettings):
    """See :func:`core.losses.hard_contrastive`; `quantile` is the share of the negatives that count."""

    name: Literal["hard-contrastive"] = "hard-contrastive"
    quantile: Annotated[float, Field(gt=0, le=1)] = 0.1


def build(settings: HardContrastiveSettings, offer: Offer) -> Objective:
    """Return the loss of the two views."""
    return pairwise(hard_contrastive, settings, quantile=settings.quantile)


objectives.register("hard-contrastive")(
    ObjectiveEntry(
        name="hard-contrastive",
        settings=HardContrastiveSettings,
        build=build,
        summary="InfoNCE against the hardest share of the negatives",
        paper="Wang and Liu, Understanding the Behaviour of Contrastive Loss",
        year=2020,
    )
)
