"""`sweep`: what a file asks for, data sets x models x seeds, each cell where it stopped, and their comparison."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

import datasets
from core.command_line.compare import compare_entries
from core.command_line.page_format import PageFormat
from core.command_line.pages import deliver, write_page
from core.command_line.session import RUNS
from core.command_line.tables import name_table, say
from core.comparison.entries import gather, name_unfinished, read_run
from core.comparison.sheet import Page
from core.devices import parse_device
from core.domain import Domain
from core.errors import UserError
from core.run_folder import make_folder
from core.run_lock import run_lock
from core.sweep.cells import Cell, make_cells
from core.sweep.pinned import pin
from core.sweep.processes import FRONT_DOOR, run_all
from core.sweep.seed_runs import count_unfinished
from core.sweep.sweep_file import SweepFile, read_sweep_file


@dataclass(frozen=True)
class Resources:
    """How a sweep is run, which does not change what it is."""

    jobs: int = 1
    threads: int | None = None
    devices: tuple[str, ...] = ("auto",)
    data_root: Path | None = None

    @property
    def threads_each(self) -> int:
        """CPU threads of a process: as given, else an equal share of the machine's."""
        return self.threads or max(1, (os.cpu_count() or 1) // self.jobs)

    def arguments(self) -> list[str]:
        """Return what every process is told besides its device and threads."""
        return ["--data-root", str(self.data_root)] if self.data_root else []


def run_sweep(
    console: Console,
    path: Path,
    output: Path | None,
    resources: Resources,
    domains: Sequence[Domain],
    configs: Path,
    *,
    extend: bool = False,
    dry_run: bool = False,
    front_door: Path = FRONT_DOOR,
) -> int:
    """Run what of a sweep is not finished, print and write the comparison, and return how many processes failed.

    Raises:
        UserError: for any mistake in the file, before anything is run; but for a metric that no run has, after it.
        KeyboardInterrupt: when interrupted, after every process has ended and it is said how to go on.
    """
    file = read_sweep_file(path)
    folder = output or (Path(file.output) if file.output else RUNS / path.stem)
    cells = make_cells(file, path, folder, domains, configs)
    for device in resources.devices:
        parse_device(device)
    if dry_run:
        _print_plan(console, cells)
        return 0
    _fetch(console, cells, resources.data_root)
    make_folder(folder)
    with run_lock(folder, "is running this sweep", "give the same command again"):
        for note in pin(cells, folder, path, extend=extend):
            say(console, note, style="yellow")
        runs = [cell.runs for cell in cells]
        for one in runs:
            one.open(extend=extend)
        try:
            failed = run_all(
                runs,
                resources.arguments(),
                jobs=resources.jobs,
                threads=resources.threads_each,
                devices=resources.devices,
                say=lambda text: say(console, text),
                front_door=front_door,
            )
        except KeyboardInterrupt:
            rest, every = count_unfinished(runs), sum(len(one.seeds) for one in runs)
            say(console, f"\ninterrupted: {every - rest} of {every} runs are finished", style="yellow")
            say(console, "the same command goes on from their last checkpoints", style="yellow")
            raise
        try:
            page = make_page(file, cells)
        except UserError as error:
            raise UserError(f"{path}: {error}; the runs are kept, and the same command compares them") from None
        if page is not None:
            for format_, name in ((PageFormat.markdown, "comparison.md"), (PageFormat.csv, "comparison.csv")):
                write_page(page, format_, folder / name)
            deliver(console, page, None, None)
            say(console, f"written to {folder / 'comparison.md'} and {folder / 'comparison.csv'}")
    if failed:
        names = ", ".join(step.name for step in failed)
        say(console, f"failed: {names}; the same command tries them again", style="bold red")
    return len(failed)


def make_page(file: SweepFile, cells: Sequence[Cell]) -> Page | None:
    """Return the comparison of what is finished, under the file's labels; None if nothing is."""
    found = [(cell, read_run(cell.runs.path)) for cell in cells]
    entries = gather((cell.runs.path, run.finished, cell.model) for cell, run in found)
    if not entries:
        return None
    notes = name_unfinished(run for _, run in found)
    titles = {cell.runs.path: cell.dataset for cell in cells}
    return compare_entries(entries, file.metrics, notes, baseline=file.baseline, titles=titles)


def _print_plan(console: Console, cells: Sequence[Cell]) -> None:
    table = name_table(f"{sum(len(cell.runs.seeds) for cell in cells)} runs", "data set", "model", "seeds", "to do")
    for cell in cells:
        seeds = ", ".join(str(seed) for seed in cell.runs.seeds)
        rest = ", ".join(str(seed) for seed in cell.runs.unfinished()) or "nothing"
        table.add_row(Text(cell.dataset), Text(cell.model), seeds, rest)
    console.print(table)


def _fetch(console: Console, cells: Sequence[Cell], root: Path | None) -> None:
    """Download once what several processes would at the same time."""
    wanted = {cell.runs.plan.settings.dataset for cell in cells if cell.runs.unfinished()}
    known = {entry.name for entry in datasets.available()}
    for name in sorted(wanted & known):
        if not datasets.is_on_disk(name, root):
            say(console, f"{name}: downloading", style="dim")
            datasets.download(name, root)
