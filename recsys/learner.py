"""What a model adds to the encoder: its losses, and which parameters each of them moves."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from core.settings import OptimizerSettings
from core.task import Update
from datasets.packing import PackedSequences


class Learner(Protocol):
    """The training steps of a recommender. `module` holds all its parameters, the encoder's included.

    An epoch goes `passes` times over all batches; most models do all they do in one pass.
    """

    module: nn.Module
    optimizers: Mapping[str, Optimizer]
    passes: int

    def step(self, inputs: PackedSequences, targets: Tensor, turn: int, update: Update) -> Mapping[str, Tensor]:
        """Move the parameters by one batch, B histories and the items that followed, in pass number `turn`.

        Returns the loss parts, detached and still on the device.
        """


def make_adam(parameters: Iterable[nn.Parameter] | list[dict[str, Any]], settings: OptimizerSettings) -> Optimizer:
    """Return Adam over parameters or groups of them.

    It is fused: the plain form would pass eight times through the memory of an item table.
    """
    return torch.optim.Adam(parameters, lr=settings.lr, weight_decay=settings.weight_decay, fused=True)
