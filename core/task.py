"""What the trainer asks of a model: its modules, its optimisers, its batches and one training step."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # the command line reads this module before it needs torch
    import numpy as np
    from torch import Tensor, nn
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    from core.report import Block


class Update(Protocol):
    """The backward pass and the step, as handed to `Task.training_step`."""

    def __call__(self, optimizer: str, loss: "Tensor") -> None:
        """Differentiate `loss` (a scalar) for the named optimiser's parameters alone, clip, and step.

        Gradients reach only the parameters that the optimiser holds, so several updates a batch do not
        leak into each other. With `trainer.accumulate` > 1 the step waits until its group is complete.
        """


class Task(Protocol):
    """A model with its batches, losses and evaluation.

    `module` holds every parameter and buffer that a checkpoint must carry. Randomness must come from the
    global generators (torch, numpy, random), which are checkpointed, or from `core.randomness.generator`,
    which derives one from the seed and a key such as the epoch: a generator of one's own would not survive
    a resumed run.

    A task with no optimisers (a baseline that does not learn) is evaluated as it is.
    """

    module: "nn.Module"
    optimizers: "Mapping[str, Optimizer]"
    schedulers: "Mapping[str, LRScheduler]"
    """Stepped once after every epoch."""
    protocol: str
    """One line for people that says how the figures of `evaluate` are made."""

    def batches(self, epoch: int) -> Iterable[Any]:
        """Return the batches of this epoch (counted from 0); a full-graph task returns one."""

    def training_step(self, batch: Any, update: Update) -> "Mapping[str, Tensor]":
        """Compute losses, call `update` for each optimiser, and return the loss parts.

        The parts are detached scalars that are still on the device (no `.item()`); one is called "loss". A part
        that only some steps return is averaged over those.
        """

    def validate(self) -> dict[str, float]:
        """Return validation metrics (higher or lower is better: `trainer.mode`); may be empty."""

    def evaluate(self) -> dict[str, float]:
        """Return the final metrics by their flat names, such as "clustering/nmi"."""

    def embeddings(self) -> "tuple[np.ndarray, np.ndarray]":
        """Return ids (N,) and vectors (N, d) float32, in the data set's order."""

    def pictures(self) -> "Sequence[Block]":
        """Return what the model itself has for the report, pictures or other blocks, after `evaluate`; may be empty."""
