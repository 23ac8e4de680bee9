"""Using what a run has left: its task as it was, and what lies nearest in its embeddings."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets
from core.command_line.plan import Plan, stored_plan
from core.comparison.entries import SEEDS
from core.devices import open_fabric
from core.domain import Domain
from core.errors import UserError
from core.randomness import seed_all
from core.run_folder import RunFolder
from core.task import Task
from core.trainer import load_kept

Data = datasets.GraphDataset | datasets.SequenceDataset


def open_single_folder(path: Path) -> RunFolder:
    """Open a run's folder; one of several seeds raises UserError naming one of them."""
    folder = RunFolder.open(path)
    seeds = folder.read_settings().get(SEEDS)
    if isinstance(seeds, list) and seeds:
        raise UserError(f"{path} holds several seeds; name one of them, such as {path / f'seed-{seeds[0]}'}")
    return folder


def open_single_run(path: Path, domains: Sequence[Domain]) -> tuple[RunFolder, Plan]:
    """Open a run as `open_single_folder` does and read its plan."""
    folder = open_single_folder(path)
    return folder, stored_plan(folder.settings, folder.read_settings(), domains)


def rebuild(folder: RunFolder, plan: Plan, root: Path | None, device: str) -> Task:
    """Return a run's task with the parameters that it kept, in evaluation mode."""
    return rebuild_with_data(folder, plan, root, device)[0]


def rebuild_with_data(folder: RunFolder, plan: Plan, root: Path | None, device: str) -> tuple[Task, Data]:
    """Return a run's task as `rebuild` does, and the data that it learnt from."""
    fabric = open_fabric(device)
    dataset = datasets.load(plan.settings.dataset, root, plan.settings.data)
    seed_all(plan.settings.seed)
    task = plan.entry.build(_for_evaluation(plan.settings), dataset, fabric.device)
    load_kept(task, folder, checksum=dataset.checksum)
    task.module.eval()
    return task, dataset


def _for_evaluation(settings: Any) -> Any:
    """Return settings under which what training watched need not be among the metrics that are asked for now."""
    trainer = getattr(settings, "trainer", None)
    if trainer is None:
        return settings
    return settings.model_copy(update={"trainer": trainer.model_copy(update={"monitor": "loss"})})
