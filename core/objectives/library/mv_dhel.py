"""MV-DHEL: views attract each other, and each spreads by itself."""

from typing import Literal

from core.losses import mv_dhel
from core.objectives.entry import Objective, ObjectiveEntry, Offer
from core.objectives.pairwise import TemperatureSettings, many_views
from core.objectives.registry import objectives
from core.objectives.settings import ManyViewsSettings


class MvDhelSettings(ManyViewsSettings, TemperatureSettings):
    """See :func:`core.losses.mv_dhel`."""

    name: Literal["mv-dhel"] = "mv-dhel"


def build(settings: MvDhelSettings, offer: Offer) -> Objective:
    """Return the loss of the views."""
    return many_views(mv_dhel, settings)


objectives.register("mv-dhel")(
    ObjectiveEntry(
        name="mv-dhel",
        settings=MvDhelSettings,
        build=build,
        summary="all views attract, each spreads by itself; decoupled",
        paper="Koromilas et al., A Principled Framework for Multi-View Contrastive Learning",
        year=2025,
    )
)
