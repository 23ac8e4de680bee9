"""An auto-encoder of random features that draws from every random generator there is."""

import random
import time
from typing import Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from core.domain import ModelEntry
from core.report import Picture
from core.settings import OptimizerSettings, Section, TrainerSettings
from core.task import Update
from tests.core.tiny_domain import models


class TinySettings(Section):
    """The settings of the tiny model."""

    dataset: str = "planted-graph"
    model: str = "tiny"
    seed: int = 0
    data: dict[str, Any] = Field(default_factory=dict)
    trainer: TrainerSettings = TrainerSettings(epochs=6)
    optimizer: OptimizerSettings = OptimizerSettings(lr=0.01)
    pause: float = 0.0


class TinyTask:
    """Two optimisers, a schedule, dropout, shuffled batches and noise."""

    def __init__(self, settings: TinySettings, rows: int = 60, device: torch.device | str = "cpu") -> None:
        self.settings = settings
        self.features = torch.randn(rows, 8, device=device)
        self.encoder = nn.Sequential(nn.Linear(8, 4), nn.Dropout(0.2)).to(device)
        self.decoder = nn.Linear(4, 8).to(device)
        self.module = nn.ModuleDict({"encoder": self.encoder, "decoder": self.decoder})
        self.protocol = "The error of every row"
        lr = settings.optimizer.lr
        self.optimizers = {
            "encoder": torch.optim.Adam(self.encoder.parameters(), lr=lr),
            "decoder": torch.optim.SGD(self.decoder.parameters(), lr=lr, momentum=0.9),
        }
        self.schedulers = {"encoder": torch.optim.lr_scheduler.StepLR(self.optimizers["encoder"], 3, 0.9)}

    def batches(self, epoch: int) -> list[Tensor]:
        return list(torch.randperm(len(self.features)).split(25))

    def training_step(self, batch: Tensor, update: Update) -> dict[str, Tensor]:
        time.sleep(self.settings.pause)
        rows = self.features[batch]
        noisy = rows + 0.01 * torch.from_numpy(np.random.standard_normal(rows.shape)).float()  # noqa: NPY002
        loss = (self.decoder(self.encoder(noisy)) - rows).square().mean() * (1 + 0.01 * random.random())
        update("encoder", loss)
        again = (self.decoder(self.encoder(noisy).detach()) - rows).square().mean()
        update("decoder", again)
        return {"loss": loss.detach(), "again": again.detach()}

    def validate(self) -> dict[str, float]:
        return {"valid/score": self._score()}

    def evaluate(self) -> dict[str, float]:
        return {"quality/score": self._score(), "quality/score_std": 0.25}

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        with torch.no_grad():
            return np.arange(len(self.features)), self.encoder(self.features).cpu().numpy()

    def pictures(self) -> list[Picture]:
        return []

    @torch.no_grad()
    def _score(self) -> float:
        return -float((self.decoder(self.encoder(self.features)) - self.features).square().mean())


def build(settings: TinySettings, dataset: Any, device: torch.device) -> TinyTask:
    return TinyTask(settings, dataset.graph[dataset.target].num_nodes, device)


models.register("tiny")(ModelEntry("tiny", TinySettings, build, "an auto-encoder", "nobody, nowhere"))
