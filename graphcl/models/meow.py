"""MEOW: meta-path contexts, hard-weighted negatives from clustering, and prototypes."""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from core.clustering import Clustering, spherical_kmeans
from core.domain import ModelEntry
from core.errors import UserError
from core.losses import proto_nce, prototype_concentration, weighted_info_nce
from core.settings import Section
from datasets import GraphDataset
from graphcl.contrast_task import ContrastTask
from graphcl.domain import models
from graphcl.encoders import EncodedViews
from graphcl.settings import ContrastSettings


class MeowObjective(Section):
    """MEOW's loss.

    Attributes:
        temperature: of both parts (the mean one of the prototypes).
        clusters: the numbers of clusters; one clustering each, anew in every epoch.
        prototype_weight: lambda of the prototype part.
        starts, iterations: of spherical k-means.
        seeding: whether the points that k-means starts from are the same in every epoch, or fresh ones.
        block: rows a block of the N x N loss; null chooses by the cache.
    """

    temperature: float = Field(0.5, gt=0)
    clusters: list[int] = Field([20, 50], min_length=1)
    prototype_weight: float = Field(1.0, ge=0)
    starts: int = Field(2, ge=1)
    iterations: int = Field(20, ge=0)
    seeding: Literal["fixed", "fresh"] = "fresh"
    block: int | None = Field(None, ge=1)


class PrototypeContrast:
    """Contrasts the coarse view with the fine one under hard weights, and with the fine one's prototypes."""

    def __init__(self, settings: MeowObjective, seed: int) -> None:
        self.settings = settings
        self._seed = seed

    def __call__(self, encoded: EncodedViews) -> dict[str, Tensor]:
        """Cluster the fine view; return the loss and its two parts. The anchors are the coarse view's rows."""
        settings, anchor = self.settings, encoded.coarse
        found = self._cluster(encoded.fine.detach().float())
        contrast = weighted_info_nce(
            anchor,
            encoded.fine,
            torch.stack([one.assignment for one in found]),
            temperature=settings.temperature,
            block=settings.block,
        )
        prototypes = anchor.new_zeros(())
        for one in found:
            concentration = prototype_concentration(
                one.similarity, one.assignment, len(one.centroids), temperature=settings.temperature
            )
            prototypes = prototypes + proto_nce(anchor, one.centroids, one.assignment, concentration)
        prototypes = prototypes / len(found)
        loss = contrast + settings.prototype_weight * prototypes
        return {"loss": loss, "contrast": contrast, "prototypes": prototypes}

    def _cluster(self, points: Tensor) -> list[Clustering]:
        settings = self.settings
        fixed = torch.Generator().manual_seed(self._seed) if settings.seeding == "fixed" else None
        return spherical_kmeans(
            points,
            settings.clusters,
            starts=settings.starts,
            iterations=settings.iterations,
            generator=fixed,
        )


class MeowSettings(ContrastSettings):
    """All settings of MEOW."""

    objective: MeowObjective = MeowObjective()


def build(settings: MeowSettings, dataset: GraphDataset, device: torch.device) -> ContrastTask:
    """Build MEOW for a graph.

    Raises:
        UserError: when a number of clusters is below 2 or above the number of target nodes.
    """
    nodes = int(dataset.graph[dataset.target].num_nodes)
    for clusters in settings.objective.clusters:
        if not 2 <= clusters <= nodes:
            raise UserError(
                f"objective.clusters: {clusters} clusters for {nodes} {dataset.target} nodes; "
                f"choose numbers from 2 to {nodes}"
            )
    return ContrastTask(dataset, settings, PrototypeContrast(settings.objective, settings.seed), device)


models.register("meow")(
    ModelEntry(
        name="meow",
        settings=MeowSettings,
        build=build,
        summary="meta-path contexts, hard-weighted negatives from clustering, prototypes",
        paper="Yu et al., SDM 2023, arXiv 2212.13847",
    )
)
