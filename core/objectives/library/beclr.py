"""BECLR: rows are pulled to their twins, and to what a clustered memory holds next to these."""

from typing import Literal

from pydantic import Field
from torch import Tensor, nn

from core.errors import UserError
from core.losses import EnrichedContrast
from core.objectives.entry import Objective, ObjectiveEntry, Offer, Views
from core.objectives.registry import objectives
from core.objectives.settings import Positive, SchedulableTemperature, TeacherSettings, temperature_at


class BeclrSettings(TeacherSettings):
    """See :class:`core.losses.EnrichedContrast`; the paper's momentum begins at 0.995.

    Attributes:
        weight: of the term that spreads the rows.
        capacity: rows of the memory; null takes two steps' views.
        clusters: partitions of the memory.
        neighbours: further positives of a row.
        start_epoch: from when on they count; neighbours are as good as the encoder.
        predictor: whether a small head makes predictions from the rows before they are pulled.
    """

    name: Literal["beclr"] = "beclr"
    similarity: Literal["cosine"] = "cosine"
    temperature: SchedulableTemperature = 2.0
    weight: Positive = 0.1
    capacity: int | None = Field(None, ge=2)
    clusters: int = Field(50, ge=1)
    neighbours: int = Field(5, ge=1)
    start_epoch: int = Field(60, ge=0)
    predictor: bool = True


class Beclr(nn.Module):
    """The loss, its predictor and its memory."""

    def __init__(self, settings: BeclrSettings, offer: Offer, capacity: int) -> None:
        super().__init__()
        self._settings = settings
        self.contrast = EnrichedContrast(
            offer.width,
            capacity=capacity,
            clusters=settings.clusters,
            neighbours=settings.neighbours,
            weight=settings.weight,
            predictor=settings.predictor,
            seed=offer.seed,
        )

    def forward(self, views: Views) -> dict[str, Tensor]:
        """Return the loss of the two views."""
        self.contrast.temperature = temperature_at(self._settings.temperature, views.epoch)
        loss = self.contrast(
            views.anchor,
            views.other,
            momentum=views.slow,
            enrich=views.epoch >= self._settings.start_epoch,
            block=self._settings.block,
        )
        return {"loss": loss}


def build(settings: BeclrSettings, offer: Offer) -> Objective:
    """Return the loss with what it learns and remembers.

    Raises:
        UserError: when the memory is smaller than its clusters or the neighbours asked for.
    """
    capacity = settings.capacity or 4 * offer.rows
    for key, least in (("clusters", settings.clusters), ("neighbours", settings.neighbours)):
        if least > capacity:
            raise UserError(f"objective.{key}: {least} from a memory of {capacity} rows; choose {capacity} at most")
    return Beclr(settings, offer, capacity)


objectives.register("beclr")(
    ObjectiveEntry(
        name="beclr",
        settings=BeclrSettings,
        build=build,
        summary="pulled to the twin and to its neighbours in a clustered memory",
        paper="Poulakakis-Daktylidis and Jamali-Rad, BECLR: Batch Enhanced Contrastive Few-Shot Learning",
        year=2024,
    )
)
