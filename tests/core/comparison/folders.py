"""Run folders that hold figures and nothing else."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.run_folder import PROTOCOL, RunFolder

PLACE = {"git_commit": "a" * 40, "device": "cpu", "threads": 1, "dataset_checksum": "data-1", PROTOCOL: "Ranked"}


def finish(
    path: Path,
    metrics: Mapping[str, float | None],
    *,
    model: str = "sasrec",
    dataset: str = "beauty",
    seed: int = 0,
    environment: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Path:
    """Write a finished run and return its folder."""
    folder = RunFolder.create(path)
    folder.write_settings({"dataset": dataset, "model": model, "seed": seed, **settings})
    folder.write_environment({**PLACE, **(environment or {})})
    folder.write_metrics(metrics)
    return path


def finish_seeds(path: Path, values: Mapping[str, Sequence[float | None]], **others: Any) -> Path:
    """Write a folder of seeds 0, 1, ... whose metrics are given as lists; seeds with None alone are not finished."""
    parent, count = RunFolder.create(path), len(next(iter(values.values())))
    parent.write_settings({"seeds": list(range(count)), "dataset": "beauty", "model": "sasrec", **others})
    for seed in range(count):
        metrics = {name: value for name, its in values.items() if (value := its[seed]) is not None}
        if metrics:
            finish(path / f"seed-{seed}", metrics, seed=seed, **others)
        else:
            RunFolder.create(path / f"seed-{seed}").write_settings({"seed": seed})
    return path
