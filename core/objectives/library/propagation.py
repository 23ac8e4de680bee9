"""PixPro's propagation consistency: a row smoothed over its neighbours agrees with its twin, left as it is."""

from typing import Literal

from pydantic import Field
from torch import Tensor, nn

from core.losses import PropagationConsistency
from core.objectives.entry import Objective, ObjectiveEntry, Offer, Views
from core.objectives.registry import objectives
from core.objectives.settings import Positive, TeacherSettings


class PropagationSettings(TeacherSettings):
    """See :class:`core.losses.PropagationConsistency`; the paper's momentum begins at 0.99.

    Attributes:
        neighbours: of each row at most, the strongest ones.
        sharpness: the exponent of the similarity.
        layers: of the transform that is passed on.
    """

    name: Literal["propagation"] = "propagation"
    neighbours: int = Field(16, ge=1)
    sharpness: Positive = 2.0
    layers: int = Field(1, ge=0)


class Propagation(nn.Module):
    """The loss, its transform and the neighbourhoods."""

    edges: Tensor

    def __init__(self, settings: PropagationSettings, width: int, edges: Tensor) -> None:
        super().__init__()
        self._block = settings.block
        self.consistency = PropagationConsistency(width, sharpness=settings.sharpness, layers=settings.layers)
        self.register_buffer("edges", edges, persistent=False)

    def forward(self, views: Views) -> dict[str, Tensor]:
        """Return the loss of the two views."""
        return {"loss": self.consistency(views.anchor, views.other, self.edges, momentum=views.slow, block=self._block)}


def build(settings: PropagationSettings, offer: Offer) -> Objective:
    """Return the loss with what it learns."""
    if offer.neighbours is None:
        raise ValueError("without neighbours there is nothing to propagate")
    return Propagation(settings, offer.width, offer.neighbours(settings.neighbours))


objectives.register("propagation")(
    ObjectiveEntry(
        name="propagation",
        settings=PropagationSettings,
        build=build,
        summary="rows smoothed over their neighbours agree with their twins; no negatives",
        paper="Xie et al., Propagate Yourself: Exploring Pixel-Level Consistency",
        year=2020,
        needs=("neighbours",),
    )
)
