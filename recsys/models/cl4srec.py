"""CL4SRec: SASRec and, beside it, a contrast between two augmented views of each history."""

from collections.abc import Mapping
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.optim import Optimizer

from core.diagnosis import diagnose
from core.domain import ModelEntry
from core.losses import catalogue_softmax
from core.objectives import ObjectiveSettings, objective_named
from core.objectives.library.nt_xent import NtXentSettings
from core.settings import Section
from core.task import Update
from datasets import SequenceDataset
from datasets.packing import PackedSequences
from recsys.augmentations import AugmentationSettings
from recsys.contrast import Contrast, offer_of
from recsys.domain import models
from recsys.encoders import SequenceEncoder
from recsys.optimizer import make_adam
from recsys.sequence_task import SequenceTask
from recsys.settings import SequenceSettings
from recsys.views import encode_views, with_views


class ContrastSettings(Section):
    """`weight` is lambda of the contrast."""

    weight: float = Field(0.1, ge=0)


class ViewContrast:
    """``L = L_rec + lambda L_cl(h1, h2)`` with h1, h2 the encodings of two views and L_cl NT-Xent, or what is chosen.

    Xie et al., *Contrastive Learning for Sequential Recommendation*, ICDE 2022, equation 12; L_rec is the softmax over
    the whole catalogue, as for every model here.
    """

    def __init__(self, encoder: SequenceEncoder, contrast: Contrast, settings: "Cl4srecSettings") -> None:
        self._encoder = encoder
        self._contrast = contrast.to(encoder.table.device)
        self._weight = settings.contrast.weight
        self._augmentation = settings.augmentation
        self.module: nn.Module = nn.ModuleDict({"encoder": encoder, "contrast": contrast})
        self.optimizers: Mapping[str, Optimizer] = {"encoder": make_adam((self.module, settings.optimizer))}
        self.steps = (self.step,)

    def begin_epoch(self, epoch: int) -> None:
        """Tell the contrast."""
        self._contrast.epoch = epoch

    def step(self, inputs: PackedSequences, targets: Tensor, update: Update) -> Mapping[str, Tensor]:
        """Do one step of the encoder."""
        encoded = encode_views(self._encoder, with_views(inputs, self._augmentation))
        recommendation = catalogue_softmax(encoded.history, self._encoder.table, targets)
        contrast = self._contrast(encoded.first, encoded.second)
        loss = recommendation + self._weight * contrast
        update("encoder", loss)
        return {
            "loss": loss.detach(),
            "recommendation": recommendation.detach(),
            "contrast": contrast.detach(),
            **diagnose(encoded.first, encoded.second),
        }


class Cl4srecSettings(SequenceSettings):
    """All settings of CL4SRec."""

    augmentation: AugmentationSettings = AugmentationSettings()
    objective: Annotated[ObjectiveSettings, objective_named("nt-xent")] = NtXentSettings(
        similarity="dot", temperature=1.0
    )
    contrast: ContrastSettings = ContrastSettings()


def build(settings: Cl4srecSettings, dataset: SequenceDataset, device: torch.device) -> SequenceTask:
    """Build CL4SRec for an interaction log."""
    encoder = SequenceEncoder(dataset.num_items, settings.encoder).to(device)
    contrast = Contrast(settings.objective, offer_of(settings, dataset))
    learner = ViewContrast(encoder, contrast, settings)
    return SequenceTask(dataset, settings, encoder, learner, device)


models.register("cl4srec")(
    ModelEntry(
        name="cl4srec",
        settings=Cl4srecSettings,
        build=build,
        summary="SASRec and a contrast between cropped, masked or reordered views",
        paper="Xie et al., ICDE 2022, arXiv 2010.14395",
    )
)
