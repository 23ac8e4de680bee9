"""SupReMix: supervised contrast for a regression target, with mixtures of rows as further negatives and positives."""

from typing import Literal

from pydantic import Field
from torch import Tensor, nn

from core.losses import MixedPairs
from core.objectives.entry import Objective, ObjectiveEntry, Offer, Views
from core.objectives.registry import objectives
from core.objectives.settings import ObjectiveSettings, Positive, SchedulableTemperature, temperature_at


class MixedPairsSettings(ObjectiveSettings):
    """See :class:`core.losses.MixedPairs`; targets are scaled to a standard deviation of 1.

    Attributes:
        window: how far the rows of a hard positive may lie from the anchor, in standard deviations of the target.
        pairs: hard positives drawn for a row.
        magnify: how much farther candidates weigh more.
    """

    name: Literal["mixed-pairs"] = "mixed-pairs"
    temperature: SchedulableTemperature = 0.3
    window: Positive = 0.5
    pairs: int = Field(16, ge=1)
    magnify: float = Field(1.0, ge=0)


class Mixed(nn.Module):
    """The loss and the rows' targets."""

    targets: Tensor

    def __init__(self, settings: MixedPairsSettings, targets: Tensor) -> None:
        super().__init__()
        self._settings = settings
        self.contrast = MixedPairs(window=settings.window, pairs=settings.pairs, magnify=settings.magnify)
        scaled = targets.float() - targets.float().mean()
        self.register_buffer("targets", scaled / scaled.std().clamp_min(1e-12), persistent=False)

    def forward(self, views: Views) -> dict[str, Tensor]:
        """Return the loss of the two views."""
        self.contrast.temperature = temperature_at(self._settings.temperature, views.epoch)
        return {"loss": self.contrast(views.anchor, views.other, self.targets, block=self._settings.block)}


def build(settings: MixedPairsSettings, offer: Offer) -> Objective:
    """Return the loss of the two views."""
    if offer.targets is None:
        raise ValueError("without targets there is nothing to regress")
    return Mixed(settings, offer.targets())


objectives.register("mixed-pairs")(
    ObjectiveEntry(
        name="mixed-pairs",
        settings=MixedPairsSettings,
        build=build,
        summary="for a regression target: mixtures as hard negatives and positives",
        paper="Wu et al., Mixup Your Own Pairs",
        year=2023,
        needs=("targets",),
    )
)
