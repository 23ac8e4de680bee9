"""The training loop."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.settings import TrainerSettings
from core.task import Task

if TYPE_CHECKING:
    from lightning.fabric import Fabric


@dataclass(frozen=True)
class TrainingSummary:
    """What a finished training run looks like from outside."""

    epochs: int
    best_epoch: int
    train_seconds: float
    epoch_seconds: float


class Trainer:
    """Runs a task's epochs: `Trainer(settings).fit(task)`."""

    def __init__(self, settings: TrainerSettings, fabric: "Fabric | None" = None) -> None:
        self.settings = settings
        self.fabric = fabric

    def fit(self, task: Task) -> TrainingSummary:
        """Train until `epochs` or until `monitor` stops improving."""
        raise NotImplementedError
