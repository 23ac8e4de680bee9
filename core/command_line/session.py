"""The command that trains: a new run or one to go on with, a single seed or several."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import torch
from rich.console import Console

import datasets
from core.command_line.plan import Plan, Request, make_plan, stored_plan
from core.command_line.several_seeds import train_seeds
from core.command_line.tables import metrics_table, say
from core.command_line.training import Workplace, train
from core.devices import open_fabric
from core.domain import Domain
from core.errors import UserError
from core.run_folder import RunFolder, check_is_new

RUNS = Path("runs")
"""Where new runs go, seen from the current folder."""


@dataclass(frozen=True)
class Surroundings:
    """The part of the arguments that does not change what is learnt."""

    device: str = "auto"
    threads: int | None = None
    data_root: Path | None = None
    output: Path | None = None
    resume: Path | None = None
    map_method: str = "pca"


def run_training(
    console: Console, request: Request, around: Surroundings, domains: Sequence[Domain], configs: Path
) -> None:
    """Train as asked and print the metrics and where the report lies.

    An interruption prints how to go on before it is passed on.
    """
    plan = _plan(request, around, domains, configs)
    path = around.resume or around.output or _new_path(plan)
    if around.threads is not None:
        torch.set_num_threads(around.threads)
    fabric = open_fabric(around.device, plan.trainer.precision)
    path = fabric.broadcast(path)
    if not fabric.is_global_zero:
        console = Console(quiet=True)
    elif around.resume is None:
        check_is_new(path)
    say(console, f"{plan.title}: loading", style="dim")
    dataset = datasets.load(plan.settings.dataset, around.data_root, plan.settings.data)
    place = Workplace(fabric, dataset, console, around.map_method)
    resume = around.resume is not None
    try:
        if plan.seeds:
            metrics = train_seeds(plan, path, place, resume=resume)
        else:
            outcome = train(plan, path, place, resume=resume)
            metrics = dict(outcome.metrics) if outcome else None
    except KeyboardInterrupt:
        if (path / "settings.yaml").is_file():
            say(console, f"\ninterrupted; go on with: python run.py --resume {path}", style="yellow")
        raise
    if metrics is not None:
        console.print(metrics_table(plan.title, metrics, "over seeds" if plan.seeds else "over repeats"))
        say(console, f"report: {RunFolder(path).report}")


def _plan(request: Request, around: Surroundings, domains: Sequence[Domain], configs: Path) -> Plan:
    if around.resume is None:
        return make_plan(request, domains, configs)
    if request != Request() or around.output is not None:
        raise UserError(
            "--resume takes the model, data set and settings from the run folder: leave out --dataset, "
            "--model, --set, --seed, --seeds, --precision, --config and --output (or start a new run with "
            f"--config {around.resume / 'settings.yaml'})"
        )
    folder = RunFolder.open(around.resume)
    return stored_plan(folder.settings, folder.read_settings(), domains)


def _new_path(plan: Plan) -> Path:
    name = f"{plan.dataset_name}-{plan.settings.model}-{datetime.now():%Y%m%d-%H%M%S}"
    path, again = RUNS / name, 2
    while path.exists():
        path, again = RUNS / f"{name}-{again}", again + 1
    return path
