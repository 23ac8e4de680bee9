"""The command that trains: a new run or one to go on with, a single seed or several."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from rich.console import Console

import datasets
from core.command_line.plan import Plan, Request, make_plan, stored_plan
from core.command_line.several_seeds import train_seeds
from core.command_line.tables import print_metrics, say
from core.command_line.training import Workplace, train
from core.devices import open_fabric
from core.domain import Domain
from core.errors import UserError
from core.run_folder import RunFolder, check_is_new

if TYPE_CHECKING:
    from lightning.fabric import Fabric

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
    if around.threads is not None:
        torch.set_num_threads(around.threads)
    fabric = open_fabric(around.device, plan.trainer.precision)
    if not fabric.is_global_zero:
        console = Console(quiet=True)
    elif around.output is not None:
        check_is_new(around.output)
    say(console, f"{plan.title}: loading", style="dim")
    dataset = datasets.load(plan.settings.dataset, around.data_root, plan.settings.data)
    place = Workplace(fabric, dataset, console, around.map_method)
    given = around.resume or around.output
    folder = RunFolder(given or _claimed(plan, fabric))
    resume = around.resume is not None
    try:
        if plan.seeds:
            results = train_seeds(plan, folder.path, place, resume=resume)
        else:
            outcome = train(plan, folder.path, place, resume=resume)
            results = outcome.results if outcome else None
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and folder.settings.is_file():
            say(console, f"\ninterrupted; go on with: python run.py --resume {folder.path}", style="yellow")
        if given is None and fabric.is_global_zero:
            folder.remove_if_empty()
            RunFolder(RUNS).remove_if_empty()
        raise
    if results is not None:
        deviation = "over seeds" if plan.seeds else "over repeats"
        print_metrics(console, plan.title, results.protocol, results.metrics, deviation)
        say(console, f"report: {folder.report}")


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


def _claimed(plan: Plan, fabric: "Fabric") -> Path:
    """Make a folder that no other run has, named by the time, and return its path on all processes."""
    path = RUNS / f"{plan.folder_name}-{datetime.now():%Y%m%d-%H%M%S}"
    if fabric.is_global_zero:
        path = RunFolder.claim(path).path
    return fabric.broadcast(path)
