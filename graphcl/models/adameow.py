"""AdaMEOW: meta-path contexts and negatives weighted by a small network that is learnt along."""

import torch
from pydantic import Field
from torch import Tensor, nn

from core.domain import ModelEntry
from core.losses import PairNetwork, adaptive_info_nce
from core.settings import Section
from datasets import GraphDataset
from graphcl.contrast_task import ContrastTask
from graphcl.domain import models
from graphcl.encoders import EncodedViews
from graphcl.settings import ContrastSettings


class AdaptiveObjective(Section):
    """AdaMEOW's loss.

    Attributes:
        temperature: of the similarities.
        hidden: hidden units of the pair network.
        block: rows a block of the N x N loss; null chooses by the cache.
    """

    temperature: float = Field(0.9, gt=0)
    hidden: int = Field(16, ge=1)
    block: int | None = Field(None, ge=1)


class AdaptiveContrast(nn.Module):
    """Contrasts the fine view with the coarse one under learnt soft weights."""

    def __init__(self, width: int, settings: AdaptiveObjective) -> None:
        super().__init__()
        self.pair_network = PairNetwork(width, settings.hidden)
        self.settings = settings

    def forward(self, encoded: EncodedViews) -> dict[str, Tensor]:
        """Return the loss; the anchors are the fine view's rows."""
        loss = adaptive_info_nce(
            encoded.fine,
            encoded.coarse,
            self.pair_network,
            temperature=self.settings.temperature,
            block=self.settings.block,
        )
        return {"loss": loss}


class AdaMeowSettings(ContrastSettings):
    """All settings of AdaMEOW."""

    objective: AdaptiveObjective = AdaptiveObjective()


def build(settings: AdaMeowSettings, dataset: GraphDataset, device: torch.device) -> ContrastTask:
    """Build AdaMEOW for a graph."""
    objective = AdaptiveContrast(settings.encoder.head, settings.objective)
    return ContrastTask(dataset, settings, objective, device)


models.register("adameow")(
    ModelEntry(
        name="adameow",
        settings=AdaMeowSettings,
        build=build,
        summary="meta-path contexts, negatives weighted by a learnt pair network",
        paper="Yu et al., TKDE 2024, arXiv 2212.13847",
    )
)
