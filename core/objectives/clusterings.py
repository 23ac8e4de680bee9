"""Clusterings of a view, made anew in every step: what weighted negatives and prototypes come from."""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from core.clustering import Clustering, spherical_kmeans
from core.errors import UserError
from core.objectives.entry import Offer
from core.objectives.pairwise import TemperatureSettings


class ClusteringSettings(TemperatureSettings):
    """What an objective with clusterings has.

    Attributes:
        clusters: the numbers of clusters; one clustering each, anew in every step.
        starts, iterations: of spherical k-means.
        seeding: whether the points that k-means starts from are the same in every step, or fresh ones.
    """

    clusters: list[int] = Field([20, 50], min_length=1)
    starts: int = Field(2, ge=1)
    iterations: int = Field(20, ge=0)
    seeding: Literal["fixed", "fresh"] = "fresh"


class Clusterings:
    """Clusters a view by the settings, once for each number of clusters.

    Raises:
        UserError: when a number of clusters is below 2 or above the number of rows.
    """

    def __init__(self, settings: ClusteringSettings, offer: Offer) -> None:
        for clusters in settings.clusters:
            if not 2 <= clusters <= offer.rows:
                raise UserError(
                    f"objective.clusters: {clusters} clusters for {offer.rows} {offer.rows_are}; "
                    f"choose numbers from 2 to {offer.rows}"
                )
        self._settings = settings
        self._seed = offer.seed

    def __call__(self, view: Tensor) -> list[Clustering]:
        """Cluster the rows of a view, which have length 1; no gradient flows."""
        settings = self._settings
        fixed = torch.Generator().manual_seed(self._seed) if settings.seeding == "fixed" else None
        return spherical_kmeans(
            view.detach(),
            settings.clusters,
            starts=settings.starts,
            iterations=settings.iterations,
            generator=fixed,
        )
