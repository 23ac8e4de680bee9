"""SASRec: the encoder alone, trained by the softmax over the whole catalogue."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from core.domain import ModelEntry
from core.losses import catalogue_softmax
from core.settings import OptimizerSettings
from core.task import Update
from datasets import SequenceDataset
from datasets.packing import PackedSequences
from recsys.domain import models
from recsys.encoders import SequenceEncoder
from recsys.optimizer import make_adam
from recsys.sequence_task import SequenceTask
from recsys.settings import SequenceSettings


class NextItem:
    """Predicts the next item: ``L_rec = -log softmax(table . encoder(history))[next]``, averaged over the batch.

    Kang and McAuley, *Self-Attentive Sequential Recommendation*, ICDM 2018; their one sampled negative is replaced
    by the whole catalogue, as in the contrastive models that are compared with it.
    """

    def __init__(self, encoder: SequenceEncoder, optimizer: OptimizerSettings) -> None:
        self._encoder = encoder
        self.module: nn.Module = nn.ModuleDict({"encoder": encoder})
        self.optimizers: Mapping[str, Optimizer] = {"encoder": make_adam((encoder, optimizer))}
        self.steps = (self.step,)

    def begin_epoch(self, epoch: int) -> None:
        """Nothing here follows a schedule."""

    def step(self, inputs: PackedSequences, targets: Tensor, update: Update) -> Mapping[str, Tensor]:
        """Do one step of the encoder."""
        loss = catalogue_softmax(self._encoder(inputs).float(), self._encoder.table, targets)
        update("encoder", loss)
        return {"loss": loss.detach()}


class SasrecSettings(SequenceSettings):
    """All settings of SASRec."""


def build(settings: SasrecSettings, dataset: SequenceDataset, device: torch.device) -> SequenceTask:
    """Build SASRec for an interaction log."""
    encoder = SequenceEncoder(dataset.num_items, settings.encoder).to(device)
    return SequenceTask(dataset, settings, encoder, NextItem(encoder, settings.optimizer), device)


models.register("sasrec")(
    ModelEntry(
        name="sasrec",
        settings=SasrecSettings,
        build=build,
        summary="self-attention over the history, softmax over the whole catalogue",
        paper="Kang and McAuley, ICDM 2018, arXiv 1808.09781",
    )
)
