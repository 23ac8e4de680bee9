"""Using what a run has left: its task as it was, and what lies nearest in its embeddings."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

import datasets
from core.command_line.plan import Plan, stored_plan
from core.command_line.tables import print_ids
from core.devices import open_fabric
from core.domain import Domain
from core.errors import UserError, closest
from core.randomness import seed_all
from core.run_folder import RunFolder
from core.task import Task
from core.trainer import load_kept

Data = datasets.GraphDataset | datasets.SequenceDataset


def neighbors(console: Console, path: Path, name: str, top: int) -> None:
    """Print the nodes or items whose embeddings have the largest cosine with that of the one called `name`."""
    ids, vectors = RunFolder.open(path).read_embeddings()
    names = ids.astype(str)
    (found,) = np.nonzero(names == name)
    if not len(found):
        raise UserError(f"no node or item {name!r} among the {len(names)} of {path}{closest(name, names.tolist())}")
    order, cosines = nearest(vectors, int(found[0]), top)
    print_ids(
        console, f"Nearest to {name}", ("id", "cosine"), zip(names[order].tolist(), cosines.tolist(), strict=True)
    )


def nearest(vectors: np.ndarray, row: int, top: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `top` other rows of vectors (N, d) nearest by cosine, and the cosines (0 for zero rows)."""
    norms = np.linalg.norm(vectors, axis=1)
    cosines = vectors @ vectors[row] / np.maximum(norms * norms[row], np.finfo(np.float32).tiny)
    cosines[row] = -np.inf
    order = np.argsort(-cosines, kind="stable")[: min(top, len(vectors) - 1)]
    return order, cosines[order]


def open_single_run(path: Path, domains: Sequence[Domain]) -> tuple[RunFolder, Plan]:
    """Open a run and read its plan; a folder of several seeds raises UserError naming one of them."""
    folder = RunFolder.open(path)
    plan = stored_plan(folder.settings, folder.read_settings(), domains)
    if plan.seeds:
        raise UserError(f"{path} holds several seeds; name one of them, such as {path / f'seed-{plan.seeds[0]}'}")
    return folder, plan


def rebuild(folder: RunFolder, plan: Plan, root: Path | None, device: str) -> Task:
    """Return a run's task with the parameters that it kept, in evaluation mode."""
    return rebuild_with_data(folder, plan, root, device)[0]


def rebuild_with_data(folder: RunFolder, plan: Plan, root: Path | None, device: str) -> tuple[Task, Data]:
    """Return a run's task as `rebuild` does, and the data that it learnt from."""
    fabric = open_fabric(device)
    dataset = datasets.load(plan.settings.dataset, root, plan.settings.data)
    seed_all(plan.settings.seed)
    task = plan.entry.build(plan.settings, dataset, fabric.device)
    load_kept(task, folder, checksum=dataset.checksum)
    task.module.eval()
    return task, dataset
