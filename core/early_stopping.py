"""Which epoch was the best one, and when to stop waiting for a better one."""

import math
from dataclasses import dataclass
from typing import Any, Literal


@dataclass
class EarlyStopping:
    """Follows one number; `patience` counts epochs since the best one, None waits for ever."""

    mode: Literal["min", "max"]
    patience: int | None
    best_score: float | None = None
    best_epoch: int = -1
    last_epoch: int = -1

    def observe(self, score: float, epoch: int) -> bool:
        """Note the score of an epoch and return whether it is the best so far (a tie and NaN are not)."""
        self.last_epoch = epoch
        if math.isnan(score):
            return False
        if self.best_score is not None:
            better = score < self.best_score if self.mode == "min" else score > self.best_score
            if not better:
                return False
        self.best_score, self.best_epoch = score, epoch
        return True

    def should_stop(self) -> bool:
        """Return whether, at the last score, `patience` epochs had passed since the best one."""
        return self.patience is not None and self.last_epoch - self.best_epoch >= self.patience

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint needs."""
        return {"best_score": self.best_score, "best_epoch": self.best_epoch, "last_epoch": self.last_epoch}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.best_score, self.best_epoch = state["best_score"], state["best_epoch"]
        self.last_epoch = state["last_epoch"]
