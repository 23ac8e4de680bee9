"""SwAV's swapped prediction: each view foretells the prototypes to which the others are assigned."""

from typing import Literal

from pydantic import Field
from torch import Tensor, nn

from core.losses import SwappedPrediction
from core.objectives.entry import Objective, ObjectiveEntry, Offer, Views
from core.objectives.registry import objectives
from core.objectives.settings import ManyViewsSettings, Positive, SchedulableTemperature, temperature_at


class SwappedPredictionSettings(ManyViewsSettings):
    """See :class:`core.losses.SwappedPrediction`.

    Attributes:
        prototypes: several times the groups that one expects.
        epsilon, iterations: of Sinkhorn's assignment.
        queue: earlier rows of each view that help to balance small batches; 0 for none.
    """

    name: Literal["swapped-prediction"] = "swapped-prediction"
    similarity: Literal["cosine"] = "cosine"
    temperature: SchedulableTemperature = 0.1
    prototypes: int = Field(100, ge=1)
    epsilon: Positive = 0.05
    iterations: int = Field(3, ge=1)
    queue: int = Field(0, ge=0)


class Swapped(nn.Module):
    """The loss, its prototypes and its queues."""

    def __init__(self, settings: SwappedPredictionSettings, offer: Offer) -> None:
        super().__init__()
        self._settings = settings
        self.prediction = SwappedPrediction(
            offer.width,
            settings.prototypes,
            epsilon=settings.epsilon,
            iterations=settings.iterations,
            views=offer.views if settings.takes_all_views else 2,
            queue=settings.queue,
        )

    def forward(self, views: Views) -> dict[str, Tensor]:
        """Return the loss of the views."""
        self.prediction.temperature = temperature_at(self._settings.temperature, views.epoch)
        return {"loss": self.prediction(*views.all, block=self._settings.block)}


def build(settings: SwappedPredictionSettings, offer: Offer) -> Objective:
    """Return the loss with what it learns."""
    return Swapped(settings, offer)


objectives.register("swapped-prediction")(
    ObjectiveEntry(
        name="swapped-prediction",
        settings=SwappedPredictionSettings,
        build=build,
        summary="each view foretells the balanced cluster assignments of the others",
        paper="Caron et al., Unsupervised Learning of Visual Features by Contrasting Cluster Assignments",
        year=2020,
    )
)
