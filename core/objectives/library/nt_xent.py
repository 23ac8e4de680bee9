"""NT-Xent: all other rows of both views are the negatives."""

from typing import Literal

from core.losses import nt_xent
from core.objectives.entry import Objective, ObjectiveEntry, Offer
from core.objectives.pairwise import TemperatureSettings, pairwise
from core.objectives.registry import objectives


class NtXentSettings(TemperatureSettings):
    """See :func:`core.losses.nt_xent`."""

    name: Literal["nt-xent"] = "nt-xent"


def build(settings: NtXentSettings, offer: Offer) -> Objective:
    """Return the loss of the two views."""
    return pairwise(nt_xent, settings)


objectives.register("nt-xent")(
    ObjectiveEntry(
        name="nt-xent",
        settings=NtXentSettings,
        build=build,
        summary="every other row of both views is a negative",
        paper="Chen et al., A Simple Framework for Contrastive Learning of Visual Representations",
        year=2020,
    )
)
