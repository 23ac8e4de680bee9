"""The settings sections that every model shares: how long to train, when to stop, how to step."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Precision = Literal["32-true", "bf16-mixed"]


class Section(BaseModel):
    """A frozen group of settings that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TrainerSettings(Section):
    """How `core.trainer.Trainer` runs.

    `monitor` is a loss part (averaged over the epoch) or a metric of `Task.validate`, called "valid/...".
    `mode` says whether less or more of it is better; null takes more for "valid/..." and less for the rest.
    `patience` counts epochs since the best one; null never stops early. `keep` chooses the parameters that
    are evaluated.
    `accumulate` is the number of `update` calls of one optimiser that share a step; a last, smaller group
    of an epoch still makes its step.
    """

    epochs: int = Field(100, ge=0)
    patience: int | None = Field(None, ge=1)
    monitor: str = "loss"
    mode: Literal["min", "max"] | None = None
    keep: Literal["best", "last"] = "best"
    precision: Precision = "32-true"
    clip_norm: float | None = Field(None, gt=0)
    accumulate: int = Field(1, ge=1)
    checkpoint_seconds: float = Field(30.0, ge=0)
    validate_every: int = Field(1, ge=1)

    @property
    def better(self) -> Literal["min", "max"]:
        """Which end of the monitored number is the better one."""
        return self.mode or ("max" if self.monitor.startswith("valid/") else "min")


class OptimizerSettings(Section):
    """Step size and decoupled or coupled decay, as the model's optimiser reads them."""

    lr: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.0, ge=0)
