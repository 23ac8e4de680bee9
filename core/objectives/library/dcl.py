"""DCL: NT-Xent without the positive in the denominator."""

from typing import Literal

from core.losses import dcl
from core.objectives.entry import Objective, ObjectiveEntry, Offer
from core.objectives.pairwise import TemperatureSettings, pairwise
from core.objectives.registry import objectives
from core.objectives.settings import SchedulableTemperature


class DclSettings(TemperatureSettings):
    """See :func:`core.losses.dcl`."""

    name: Literal["dcl"] = "dcl"
    temperature: SchedulableTemperature = 0.1


def build(settings: DclSettings, offer: Offer) -> Objective:
    """Return the loss of the two views."""
    return pairwise(dcl, settings)


objectives.register("dcl")(
    ObjectiveEntry(
        name="dcl",
        settings=DclSettings,
        build=build,
        summary="NT-Xent without the positive in the denominator",
        paper="Yeh et al., Decoupled Contrastive Learning",
        year=2021,
    )
)
