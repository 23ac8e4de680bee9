"""One training run: build, fit, evaluate, and leave a complete run folder."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from core.command_line.plan import Plan
from core.command_line.run_report import map_of, run_page
from core.devices import reset_peak_memory
from core.environment import describe_environment
from core.randomness import seed_all
from core.run_folder import PROTOCOL, RunFolder
from core.run_lock import run_lock
from core.task import Task
from core.trainer import DATA_CHECKSUM, Trainer, TrainingSummary

if TYPE_CHECKING:
    from lightning.fabric import Fabric

    from core.history import History


@dataclass(frozen=True)
class Workplace:
    """What all runs of one command share."""

    fabric: "Fabric"
    dataset: Any
    console: Console
    map_method: str = "pca"


@dataclass(frozen=True)
class Results:
    """Flat metrics, and one line that says how they are made (`Task.protocol`)."""

    metrics: Mapping[str, float | None]
    protocol: str


@dataclass(frozen=True)
class Outcome:
    """A finished run: its results and what every epoch measured."""

    results: Results
    history: "History"


def train(plan: Plan, path: Path, place: Workplace, *, resume: bool = False) -> Outcome | None:
    """Run a plan into the folder `path` and return its outcome (on the first of several processes only).

    The folder is filled once the model is built; a run that fails before its first epoch leaves nothing.
    """
    settings, fabric = plan.settings, place.fabric
    reset_peak_memory(fabric.device)
    seed_all(settings.seed)
    task = plan.entry.build(settings, place.dataset, fabric.device)
    folder = RunFolder(path)
    with ExitStack() as held:
        if fabric.is_global_zero:
            if not resume:
                RunFolder.create(path)
            held.enter_context(run_lock(path))
            _open_folder(folder, plan, place, task.protocol, resume=resume)
        fabric.barrier()
        trainer, summary = _fit(task, plan, folder, place, resume=resume)
        return _conclude(task, plan, folder, place, trainer, summary) if fabric.is_global_zero else None


def _fit(
    task: Task, plan: Plan, folder: RunFolder, place: Workplace, *, resume: bool
) -> tuple[Trainer, TrainingSummary]:
    """Train; leave nothing of a new run that fails before its first epoch."""
    record = {**plan.record(), DATA_CHECKSUM: place.dataset.checksum}
    trainer = Trainer(plan.trainer, place.fabric, folder, record=record, console=place.console)
    try:
        return trainer, trainer.fit(task, resume=resume)
    except BaseException:
        if place.fabric.is_global_zero and not resume and not trainer.history.rows:
            folder.remove()
        raise


def _conclude(
    task: Task, plan: Plan, folder: RunFolder, place: Workplace, trainer: Trainer, summary: TrainingSummary
) -> Outcome:
    """Evaluate the trained model and write what a finished run leaves."""
    task.module.eval()
    with place.console.status("evaluating"):
        metrics = {**task.evaluate(), **summary.metrics()}
        ids, vectors = task.embeddings()
        pictures = task.pictures()
    plane = map_of(vectors, place.dataset, place.map_method)
    page = run_page(plan, metrics, trainer.history, [plane, *pictures], folder.read_environment())
    folder.write_embeddings(ids, vectors)
    folder.write_report(page)
    folder.write_metrics(metrics)  # the last file: it marks the run as finished
    # As a resumed command reads them: what is not a finite number is null in both.
    return Outcome(Results(folder.read_metrics(), task.protocol), trainer.history)


def _open_folder(folder: RunFolder, plan: Plan, place: Workplace, protocol: str, *, resume: bool) -> None:
    if resume:
        folder.clear_parts()
    folder.write_settings(plan.record())
    environment = describe_environment(place.fabric.device, seed=plan.settings.seed, checksum=place.dataset.checksum)
    folder.write_environment({**environment, PROTOCOL: protocol})
