"""Several projection heads, and a learnt temperature for every pair."""

from typing import Literal, Self

from pydantic import Field, model_validator
from torch import Tensor, nn

from core.losses import MultiHeadContrast
from core.objectives.entry import Objective, ObjectiveEntry, Offer, Views
from core.objectives.registry import objectives
from core.objectives.settings import ObjectiveSettings


class MultiHeadSettings(ObjectiveSettings):
    """See :class:`core.losses.MultiHeadContrast`.

    Attributes:
        heads, projection, hidden: how many heads, the width of each and of its hidden layer.
        lowest, highest: bounds of the temperatures.
        regulariser: b, the hold on the temperatures.
    """

    name: Literal["multi-head"] = "multi-head"
    heads: int = Field(3, ge=1)
    projection: int = Field(64, ge=1)
    hidden: int = Field(64, ge=1)
    lowest: float = Field(0.05, gt=0)
    highest: float = Field(2.0, gt=0)
    regulariser: float = Field(1e-4, ge=0)

    @model_validator(mode="after")
    def _has_a_range(self) -> Self:
        if self.lowest >= self.highest:
            raise ValueError(f"lowest is {self.lowest}, not below highest, {self.highest}")
        return self


class MultiHead(nn.Module):
    """The loss and its heads."""

    def __init__(self, settings: MultiHeadSettings, offer: Offer) -> None:
        super().__init__()
        self._block = settings.block
        self.contrast = MultiHeadContrast(
            offer.width, **settings.model_dump(include={*MultiHeadSettings.__annotations__} - {"name"})
        )

    def forward(self, views: Views) -> dict[str, Tensor]:
        """Return the loss of the two views."""
        return {"loss": self.contrast(views.anchor, views.other, block=self._block)}


def build(settings: MultiHeadSettings, offer: Offer) -> Objective:
    """Return the loss with what it learns."""
    return MultiHead(settings, offer)


objectives.register("multi-head")(
    ObjectiveEntry(
        name="multi-head",
        settings=MultiHeadSettings,
        build=build,
        summary="several projection heads, a learnt temperature for each pair",
        paper="Wang et al., Adaptive Multi-head Contrastive Learning",
        year=2023,
    )
)
