"""Building and training small models of RecBole; skips where it is not installed."""

from pathlib import Path
from typing import Any

import pytest
import torch

from core.randomness import seed_all
from core.run_folder import RunFolder
from core.settings_layers import Layer, model_layers, resolve
from core.trainer import Trainer
from datasets import SequenceDataset
from datasets.interop.installed_package import package_folder
from recsys.domain import models
from recsys.interop.recbole.settings import RecboleSettings
from recsys.interop.recbole.task import RecboleTask

INSTALLED = package_folder("recbole") is not None
needs_recbole = pytest.mark.skipif(not INSTALLED, reason="needs RecBole: pip install -e '.[recbole]'")

CONFIG = Path(__file__).resolve().parents[3] / "configs/recbole.yaml"
SMALL: dict[str, Any] = {
    "trainer": {"epochs": 2},
    "batches": {"size": 32, "max_length": 10},
    "evaluation": {"top_k": [1, 5, 10]},
}


def settings_of(name: str, dataset: str, **sections: Any) -> RecboleSettings:
    """Return the settings of configs/recbole.yaml, with `sections` over small ones."""
    merged = {key: {**SMALL.get(key, {}), **sections.get(key, {})} for key in {*SMALL, *sections} - {"seed"}}
    given = Layer(
        {"model": f"recbole:{name}", "dataset": dataset, "seed": sections.get("seed", 0), **merged}, "the test"
    )
    return resolve(models.get(f"recbole:{name}").settings, [*model_layers(CONFIG, dataset), given])  # type: ignore[return-value]


def built(name: str, dataset: SequenceDataset, **sections: Any) -> tuple[RecboleTask, RecboleSettings]:
    """Return a model's task, seeded as the command line does, and its settings."""
    settings = settings_of(name, dataset.name, **sections)
    seed_all(settings.seed)
    task = models.get(f"recbole:{name}").build(settings, dataset, torch.device("cpu"))
    return task, settings  # type: ignore[return-value]


def trained(
    name: str, dataset: SequenceDataset, folder: Path | None = None, *, resume: bool = False, **sections: Any
) -> tuple[RecboleTask, Trainer]:
    """Return the trained task in evaluation mode, and its trainer; with a folder it can be gone on with."""
    task, settings = built(name, dataset, **sections)
    if folder is not None and not resume:
        RunFolder.create(folder)
    trainer = Trainer(settings.trainer, folder=None if folder is None else RunFolder(folder))
    trainer.fit(task, resume=resume)
    task.module.eval()
    return task, trainer
