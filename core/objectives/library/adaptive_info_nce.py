"""AdaMEOW's objective: InfoNCE whose negatives are weighted by a small network that is learnt along."""

from typing import Literal

from pydantic import Field
from torch import Tensor, nn

from core.losses import PairNetwork, adaptive_info_nce
from core.objectives.entry import Objective, ObjectiveEntry, Offer, Views
from core.objectives.pairwise import TemperatureSettings, pairwise
from core.objectives.registry import objectives
from core.objectives.settings import SchedulableTemperature


class AdaptiveObjective(TemperatureSettings):
    """See :func:`core.losses.adaptive_info_nce`; `hidden` are the hidden units of the pair network."""

    name: Literal["adaptive-info-nce"] = "adaptive-info-nce"
    temperature: SchedulableTemperature = 0.9
    hidden: int = Field(16, ge=1)


class AdaptiveContrast(nn.Module):
    """The loss and its pair network."""

    def __init__(self, width: int, settings: AdaptiveObjective) -> None:
        super().__init__()
        self.pair_network = PairNetwork(width, settings.hidden)
        self.settings = settings

    def forward(self, views: Views) -> dict[str, Tensor]:
        """Return the loss of the two views."""
        return pairwise(adaptive_info_nce, self.settings, network=self.pair_network)(views)


def build(settings: AdaptiveObjective, offer: Offer) -> Objective:
    """Return the loss and its pair network."""
    return AdaptiveContrast(offer.width, settings)


objectives.register("adaptive-info-nce")(
    ObjectiveEntry(
        name="adaptive-info-nce",
        settings=AdaptiveObjective,
        build=build,
        summary="negatives weighted by a learnt pair network",
        paper="Yu et al., Heterogeneous Graph Contrastive Learning with Meta-path Contexts and Adaptively Weighted "
        "Negative Samples",
        year=2024,
    )
)
