"""Contrast in subspaces that a gate selects for every pair of groups; the groups are clusters that are kept up."""

from typing import Literal

from pydantic import Field
from torch import Tensor, nn

from core.errors import UserError
from core.losses import SubspaceContrast
from core.objectives.entry import Objective, ObjectiveEntry, Offer, Views
from core.objectives.registry import objectives
from core.objectives.running_clusters import RunningClusters
from core.objectives.settings import ObjectiveSettings, SchedulableTemperature, temperature_at


class SubspaceGatesSettings(ObjectiveSettings):
    """See :class:`core.losses.SubspaceContrast`.

    Attributes:
        groups: how many clusters of rows; they stand in for labels, which no training here may see.
        momentum: how much of a group's centre stays in a step, so that its number keeps its meaning.
        embedding, hidden: widths of the gates' network.
    """

    name: Literal["subspace-gates"] = "subspace-gates"
    similarity: Literal["cosine"] = "cosine"
    temperature: SchedulableTemperature = 0.1
    groups: int = Field(10, ge=3)
    momentum: float = Field(0.9, ge=0, le=1)
    embedding: int = Field(64, ge=1)
    hidden: int = Field(128, ge=1)


class Gated(nn.Module):
    """The loss, its gates and the clusters of the other view."""

    def __init__(self, settings: SubspaceGatesSettings, offer: Offer) -> None:
        super().__init__()
        self._settings = settings
        self.clusters = RunningClusters(settings.groups, offer.width, momentum=settings.momentum, seed=offer.seed)
        self.contrast = SubspaceContrast(
            settings.groups, offer.width, embedding=settings.embedding, hidden=settings.hidden
        )

    def forward(self, views: Views) -> dict[str, Tensor]:
        """Return the loss of the two views."""
        self.contrast.temperature = temperature_at(self._settings.temperature, views.epoch)
        groups = self.clusters(views.other)
        return {"loss": self.contrast(views.anchor, views.other, groups, block=self._settings.block)}


def build(settings: SubspaceGatesSettings, offer: Offer) -> Objective:
    """Return the loss with what it learns.

    Raises:
        UserError: when there are fewer rows than groups.
    """
    if settings.groups > offer.rows:
        raise UserError(
            f"objective.groups: {settings.groups} groups for {offer.rows} {offer.rows_are}; "
            f"choose from 3 to {offer.rows}"
        )
    return Gated(settings, offer)


objectives.register("subspace-gates")(
    ObjectiveEntry(
        name="subspace-gates",
        settings=SubspaceGatesSettings,
        build=build,
        summary="any two groups are alike in some directions: a gate learns which",
        paper="Wu et al., Rethinking Positive Pairs in Contrastive Learning",
        year=2024,
    )
)
