"""MV-InfoNCE: one contrastive term an instance, over all of its views at once."""

from typing import Literal

from core.losses import mv_info_nce
from core.objectives.entry import Objective, ObjectiveEntry, Offer
from core.objectives.pairwise import TemperatureSettings, many_views
from core.objectives.registry import objectives
from core.objectives.settings import ManyViewsSettings


class MvInfoNceSettings(ManyViewsSettings, TemperatureSettings):
    """See :func:`core.losses.mv_info_nce`; `within_views` adds the same view's other rows to the negatives."""

    name: Literal["mv-info-nce"] = "mv-info-nce"
    within_views: bool = False


def build(settings: MvInfoNceSettings, offer: Offer) -> Objective:
    """Return the loss of the views."""
    return many_views(mv_info_nce, settings, within_views=settings.within_views)


objectives.register("mv-info-nce")(
    ObjectiveEntry(
        name="mv-info-nce",
        settings=MvInfoNceSettings,
        build=build,
        summary="one term an instance over all pairs of its views",
        paper="Koromilas et al., A Principled Framework for Multi-View Contrastive Learning",
        year=2025,
    )
)
