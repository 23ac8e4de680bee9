"""`evaluate`, `embed` and `neighbors`: using what a run has left."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

import datasets
from core.command_line.plan import Plan, stored_plan
from core.command_line.tables import print_ids, print_metrics, say
from core.devices import open_fabric
from core.domain import Domain
from core.errors import UserError, closest
from core.randomness import seed_all
from core.run_folder import RunFolder
from core.task import Task
from core.trainer import load_kept


def evaluate(console: Console, path: Path, domains: Sequence[Domain], root: Path | None, device: str) -> None:
    """Evaluate a run's parameters again and print the metrics; the run folder stays as it is."""
    folder, plan = open_single_run(path, domains)
    task = rebuild(folder, plan, root, device)
    metrics = task.evaluate()
    print_metrics(console, f"{plan.title}, evaluated again", task.protocol, metrics, "over repeats")


def embed(
    console: Console,
    path: Path,
    domains: Sequence[Domain],
    root: Path | None,
    device: str,
    output: Path | None,
) -> None:
    """Compute a run's embeddings from its checkpoint and write them."""
    folder, plan = open_single_run(path, domains)
    ids, vectors = rebuild(folder, plan, root, device).embeddings()
    target = folder.write_embeddings(ids, vectors, output)
    say(console, f"{vectors.shape[0]} embeddings of {vectors.shape[1]} numbers in {target}")


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
    fabric = open_fabric(device)
    dataset = datasets.load(plan.settings.dataset, root, plan.settings.data)
    seed_all(plan.settings.seed)
    task = plan.entry.build(plan.settings, dataset, fabric.device)
    load_kept(task, folder, checksum=dataset.checksum)
    task.module.eval()
    return task
