"""CL4SRec: SASRec and, beside it, a contrast between two augmented views of each history."""

from collections.abc import Mapping

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.optim import Optimizer

from core.domain import ModelEntry
from core.losses import catalogue_softmax, nt_xent
from core.settings import OptimizerSettings, Section
from core.task import Update
from datasets import SequenceDataset
from datasets.packing import PackedSequences
from recsys.augmentations import AugmentationSettings
from recsys.domain import models
from recsys.encoders import SequenceEncoder
from recsys.optimizer import make_adam
from recsys.sequence_task import SequenceTask
from recsys.settings import SequenceSettings
from recsys.views import encode_views, with_views


class Cl4srecObjective(Section):
    """`contrast_weight` is lambda of the contrast; `temperature` divides its dot products."""

    contrast_weight: float = Field(0.1, ge=0)
    temperature: float = Field(1.0, gt=0)


class ViewContrast:
    """``L = L_rec + lambda NT-Xent(h1, h2)`` with h1, h2 the encodings of two views.

    Xie et al., *Contrastive Learning for Sequential Recommendation*, ICDE 2022, equation 12; L_rec is the softmax over
    the whole catalogue, as for every model here.
    """

    def __init__(
        self,
        encoder: SequenceEncoder,
        objective: Cl4srecObjective,
        augmentation: AugmentationSettings,
        optimizer: OptimizerSettings,
    ) -> None:
        self._encoder = encoder
        self._objective = objective
        self._augmentation = augmentation
        self.module: nn.Module = nn.ModuleDict({"encoder": encoder})
        self.optimizers: Mapping[str, Optimizer] = {"encoder": make_adam((encoder, optimizer))}
        self.steps = (self.step,)

    def step(self, inputs: PackedSequences, targets: Tensor, update: Update) -> Mapping[str, Tensor]:
        """Do one step of the encoder."""
        encoded = encode_views(self._encoder, with_views(inputs, self._augmentation))
        recommendation = catalogue_softmax(encoded.history, self._encoder.table, targets)
        contrast = nt_xent(encoded.first, encoded.second, temperature=self._objective.temperature)
        loss = recommendation + self._objective.contrast_weight * contrast
        update("encoder", loss)
        return {
            "loss": loss.detach(),
            "recommendation": recommendation.detach(),
            "contrast": contrast.detach(),
        }


class Cl4srecSettings(SequenceSettings):
    """All settings of CL4SRec."""

    augmentation: AugmentationSettings = AugmentationSettings()
    objective: Cl4srecObjective = Cl4srecObjective()


def build(settings: Cl4srecSettings, dataset: SequenceDataset, device: torch.device) -> SequenceTask:
    """Build CL4SRec for an interaction log."""
    encoder = SequenceEncoder(dataset.num_items, settings.encoder).to(device)
    learner = ViewContrast(encoder, settings.objective, settings.augmentation, settings.optimizer)
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
