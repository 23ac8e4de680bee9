"""Building and training a model on a graph, as the command line does but without files."""

from pathlib import Path
from typing import Any

import torch

from core.randomness import seed_all
from core.settings_layers import Layer, model_layers, resolve
from core.task import Task
from core.trainer import Trainer
from datasets import GraphDataset
from graphcl.domain import models

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
PROBE = {"repeats": 3, "steps": 100, "lr": 0.03}


def built(model: str, dataset: GraphDataset, **sections: Any) -> tuple[Task, Any]:
    """Return the model's task and its settings: those of its YAML, with `sections` over them."""
    entry = models.get(model)
    given = Layer({"model": model, "dataset": dataset.name, "evaluation": PROBE, **sections}, "the test")
    settings = resolve(entry.settings, [*model_layers(CONFIGS / f"{model}.yaml", dataset.name), given])
    seed_all(settings.seed)
    return entry.build(settings, dataset, torch.device("cpu")), settings


def trained(model: str, dataset: GraphDataset, **sections: Any) -> tuple[Task, Trainer | None]:
    """Return the trained task in evaluation mode, and its trainer unless it has nothing to learn."""
    task, settings = built(model, dataset, **sections)
    trainer = None
    if task.optimizers:
        trainer = Trainer(settings.trainer)
        trainer.fit(task)
    task.module.eval()
    return task, trainer
