"""What a model adds to the encoder: its losses, and which parameters each of them moves."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from torch import Tensor, nn
from torch.optim import Optimizer

from core.task import Update
from datasets.packing import PackedSequences

Step = Callable[[PackedSequences, Tensor, Update], Mapping[str, Tensor]]
"""Moves parameters by one batch, B histories and the items that followed (B int64, on the device), calling the update
once for every loss; returns the loss parts, detached and still on the device."""


class Learner(Protocol):
    """The training steps of a recommender. `module` holds all its parameters, the encoder's included."""

    module: nn.Module
    optimizers: Mapping[str, Optimizer]

    def begin_epoch(self, epoch: int) -> None:
        """Take note of the epoch, counted from 0, whose steps follow: what follows a schedule does so here."""

    @property
    def steps(self) -> Sequence[Step]:
        """An epoch goes through all its batches once with each of these; most models have one."""
