"""The arguments of `sweep`. Its modules are imported by the command that runs."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments.options import DataRoot
from core.domain import Domain


def add(app: typer.Typer, console: Console, domains: Sequence[Domain], configs: Path) -> None:
    """Add the command to the application."""

    @app.command()
    def sweep(
        file: Annotated[Path, typer.Argument(help="YAML: data sets, models, seeds, settings.", metavar="FILE")],
        jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Processes at a time.")] = 1,
        threads: Annotated[
            int | None, typer.Option(min=1, metavar="N", help="CPU threads of each [default: an equal share].")
        ] = None,
        device: Annotated[
            str, typer.Option(help="As for training; several with commas between are shared out.")
        ] = "auto",
        output: Annotated[Path | None, typer.Option(help="Folder [default: the file's, else runs/FILE].")] = None,
        extend: Annotated[bool, typer.Option("--extend", help="Add new pairs or seeds to the sweep there is.")] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and list what is to do.")] = False,
        data_root: DataRoot = None,
    ) -> None:
        """Run data sets x models x seeds, and compare them. Ctrl-C stops it, the same command goes on.

        \b
        python run.py sweep beauty.yaml --jobs 2
        python run.py sweep ablation.yaml --dry-run

        \b
        datasets: [beauty, sports]
        models:
          sasrec:
          mclrec:
          mclrec-joint: {model: mclrec, set: {contrast.strategy: joint}}
        seeds: [0, 1, 2]
        set: {trainer.patience: 20}             # for all; also below a data set or model
        baseline: sasrec                        # what the others are tested against

        The complete settings are pinned beside the runs; a file that has changed is refused.
        """
        from core.command_line.sweep import Resources, run_sweep

        devices = tuple(part.strip() for part in device.split(","))
        resources = Resources(jobs, threads, devices, data_root)
        if run_sweep(console, file, output, resources, domains, configs, extend=extend, dry_run=dry_run):
            raise typer.Exit(1)
