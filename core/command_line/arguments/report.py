"""The arguments of `report`. Its modules are imported by the command that runs."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments.options import DataRoot, Device, MapMethod, Run
from core.domain import Domain


def add(app: typer.Typer, console: Console, domains: Sequence[Domain], configs: Path) -> None:
    """Add the command to the application."""

    @app.command()
    def report(
        run: Run,
        map_: Annotated[MapMethod, typer.Option("--map", help="The map of embeddings.")] = MapMethod.pca,
        device: Device = "auto",
        data_root: DataRoot = None,
    ) -> None:
        """Write a finished run's report.html anew, from its checkpoint; metrics and all else stay as they are.

        \b
        python run.py report runs/acm-meow
        python run.py report runs/acm-meow --map tsne
        """
        from core.command_line.report import report as remake

        remake(console, run, domains, data_root, device, map_.value)
