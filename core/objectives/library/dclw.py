"""DCLW: DCL whose farther positives pull more."""

from typing import Literal

from core.losses import dclw
from core.objectives.entry import Objective, ObjectiveEntry, Offer
from core.objectives.pairwise import TemperatureSettings, pairwise
from core.objectives.registry import objectives
from core.objectives.settings import Positive, SchedulableTemperature


class DclwSettings(TemperatureSettings):
    """See :func:`core.losses.dclw`; `sigma` is the scale of the similarities inside the weights."""

    name: Literal["dclw"] = "dclw"
    temperature: SchedulableTemperature = 0.1
    sigma: Positive = 0.5


def build(settings: DclwSettings, offer: Offer) -> Objective:
    """Return the loss of the two views."""
    return pairwise(dclw, settings, sigma=settings.sigma)


objectives.register("dclw")(
    ObjectiveEntry(
        name="dclw",
        settings=DclwSettings,
        build=build,
        summary="DCL with farther positives weighing more",
        paper="Yeh et al., Decoupled Contrastive Learning",
        year=2021,
    )
)
