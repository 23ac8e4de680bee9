"""Building and training a recommender, as the command line does but without files."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.randomness import seed_all
from core.settings import TrainerSettings
from core.settings_layers import Layer, model_layers, resolve
from core.trainer import Trainer
from datasets import SequenceDataset
from recsys.domain import models
from recsys.sequence_task import SequenceTask

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
SMALL: dict[str, Any] = {
    "encoder": {"hidden": 8, "inner": 12, "layers": 1, "heads": 2, "max_length": 10},
    "batches": {"size": 16},
    "trainer": {"epochs": 2},
    "evaluation": {"top_k": [10]},
}
ITEMS = 20


def tiny_log(users: int = 12) -> SequenceDataset:
    """Users with 3 to 14 random items."""
    generator = np.random.default_rng(0)
    lengths = generator.integers(3, 15, users)
    items = generator.integers(1, ITEMS + 1, lengths.sum())
    return SequenceDataset("tiny", items, np.cumsum([0, *lengths]), None, np.arange(users), np.arange(ITEMS) + 100, "0")


def built(model: str, dataset: SequenceDataset, **sections: Any) -> tuple[SequenceTask, Any]:
    """Return the model's task and its settings: those of its YAML, with `sections` over small ones.

    Sections that the model does not have are left out.
    """
    entry = models.get(model)
    merged = {
        name: {**SMALL.get(name, {}), **values} if isinstance(values, dict) else values
        for name, values in {**SMALL, **sections}.items()
        if name in entry.settings.model_fields
    }
    given = Layer({"model": model, "dataset": dataset.name, **merged}, "the test")
    settings = resolve(entry.settings, [*model_layers(CONFIGS / f"{model}.yaml", dataset.name), given])
    seed_all(settings.seed)
    task = entry.build(settings, dataset, torch.device("cpu"))
    return task, settings  # type: ignore[return-value]


def trained(model: str, dataset: SequenceDataset, **sections: Any) -> tuple[SequenceTask, Trainer]:
    """Return the trained task in evaluation mode, and its trainer."""
    task, settings = built(model, dataset, **sections)
    trainer = Trainer(getattr(settings, "trainer", TrainerSettings(epochs=0)))
    trainer.fit(task)
    task.module.eval()
    return task, trainer
