"""Training under the settings of one trial, told by validation alone how good they are."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console

from core.command_line.plan import Plan
from core.early_stopping import EarlyStopping
from core.errors import UserError
from core.history import Row
from core.randomness import seed_all
from core.settings import TrainerSettings
from core.trainer import Trainer

if TYPE_CHECKING:
    from lightning.fabric import Fabric

Report = Callable[[int, float], None]
"""Told an epoch and the best value until then; may raise to end the training."""

_EVERY_EPOCH = 50
_AFTER_IT = 10


@dataclass(frozen=True)
class Score:
    """What training came to: the monitored metric of the parameters that are kept, and the epoch, from 1, of these."""

    value: float
    epoch: int
    epochs: int


def train_once(plan: Plan, dataset: Any, fabric: "Fabric", console: Console, report: Report | None = None) -> Score:
    """Train a plan without leaving anything behind; its model is never evaluated, only validated.

    Raises:
        UserError: when the training fails, or the monitored metric never was a finite number.
    """
    seed_all(plan.settings.seed)
    task = plan.entry.build(plan.settings, dataset, fabric.device)
    watch = _Watch(plan.trainer, report)
    Trainer(plan.trainer, fabric, console=console, after_epoch=watch).fit(task)
    return watch.score()


class _Watch:
    """Follows the monitored metric, and reports its best value so far: each of the first epochs, then every tenth.

    Trials are compared at the same epochs, and a long training must not spend its time on writing to a study.
    """

    def __init__(self, settings: TrainerSettings, report: Report | None) -> None:
        self._settings = settings
        self._report = report
        self._best = EarlyStopping(settings.better, None)
        self._last: tuple[float, int] | None = None
        self._epochs = 0
        self._reported = 0

    def __call__(self, row: Row) -> None:
        self._epochs = int(row["epoch"])
        value = row.get(self._settings.monitor)
        if value is None:
            return
        self._last = value, self._epochs
        self._best.observe(value, self._epochs)
        step = self._epochs if self._epochs <= _EVERY_EPOCH else self._epochs - self._epochs % _AFTER_IT
        best = self._best.best_score
        if self._report is not None and step > self._reported and best is not None and math.isfinite(best):
            self._reported = step
            self._report(step, best)

    def score(self) -> Score:
        """Return the score of a finished training."""
        kept = self._last
        if self._settings.keep == "best" and self._best.best_score is not None:
            kept = self._best.best_score, self._best.best_epoch
        if kept is None:
            raise UserError(f"{self._settings.monitor} was not measured: the model did not train")
        if not math.isfinite(kept[0]):
            raise UserError(f"{self._settings.monitor} became {kept[0]}")
        return Score(*kept, self._epochs)
