"""A model whose validation metric is a hill over its settings: where its top is, is known."""

import math
from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from core.domain import ModelEntry
from core.errors import UserError
from core.report import Picture
from core.settings import Section, TrainerSettings
from core.task import Update
from tests.core.tiny_domain import models

TOP = 0.3
"""The best x; the better kind is "round"."""


class HillSettings(Section):
    """The settings of the hill. Beyond 2 training fails, below -2 nothing can be measured."""

    dataset: str = "planted-graph"
    model: str = "hill"
    seed: int = 0
    data: dict[str, Any] = Field(default_factory=dict)
    trainer: TrainerSettings = TrainerSettings(epochs=4, monitor="valid/height")
    x: float = Field(0.0, ge=-3, le=3)
    kind: Literal["round", "flat"] = "round"
    width: int = Field(4, ge=1)
    heads: int = Field(1, ge=1)
    pieces: list[int] = Field(default_factory=lambda: [1])

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> "HillSettings":
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads do not share a width of {self.width}")
        return self


class HillTask:
    """Climbs a little every epoch, towards a height that the settings decide."""

    def __init__(self, settings: HillSettings) -> None:
        self.settings = settings
        self.module = nn.Linear(1, 1)
        self.protocol = "The height above the sea"
        self.optimizers = {"all": torch.optim.SGD(self.module.parameters(), lr=0.01)}
        self.schedulers: dict[str, Any] = {}
        self._epochs = 0

    def batches(self, epoch: int) -> list[Tensor]:
        self._epochs = epoch + 1
        return [torch.ones(1, 1)]

    def training_step(self, batch: Tensor, update: Update) -> dict[str, Tensor]:
        if self.settings.x > 2:
            raise UserError("the air is too thin")
        loss = self.module(batch).square().mean()
        update("all", loss)
        return {"loss": loss.detach()}

    def validate(self) -> dict[str, float]:
        settings = self.settings
        height = 1 - (settings.x - TOP) ** 2 - 0.5 * (settings.kind == "flat") + 0.01 * settings.seed
        return {"valid/height": math.nan if settings.x < -2 else height - 1 / self._epochs}

    def evaluate(self) -> dict[str, float]:
        return {"quality/height": self.settings.x}

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        return np.arange(5), np.zeros((5, 2), dtype=np.float32)

    def pictures(self) -> list[Picture]:
        return []


def build(settings: HillSettings, dataset: Any, device: torch.device) -> HillTask:
    return HillTask(settings)


models.register("hill")(ModelEntry("hill", HillSettings, build, "a hill", "nobody, nowhere"))
