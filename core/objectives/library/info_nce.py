"""InfoNCE: the other view's rows are the negatives."""

from typing import Literal

from core.losses import info_nce
from core.objectives.entry import Objective, ObjectiveEntry, Offer
from core.objectives.pairwise import TemperatureSettings, pairwise
from core.objectives.registry import objectives


class InfoNceSettings(TemperatureSettings):
    """See :func:`core.losses.info_nce`."""

    name: Literal["info-nce"] = "info-nce"


def build(settings: InfoNceSettings, offer: Offer) -> Objective:
    """Return the loss of the two views."""
    return pairwise(info_nce, settings)


objectives.register("info-nce")(
    ObjectiveEntry(
        name="info-nce",
        settings=InfoNceSettings,
        build=build,
        summary="the other view's rows are the negatives",
        paper="van den Oord et al., Representation Learning with Contrastive Predictive Coding",
        year=2018,
    )
)
