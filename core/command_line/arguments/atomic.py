"""The arguments of `atomic`. Its modules are imported by the command that runs."""
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
    def atomic(
        dataset: Annotated[str, typer.Argument(help="Name or file of an interaction log.")],
        output: Annotated[Path, typer.Argument(help="The file to write, called NAME/NAME.inter.", metavar="FILE")],
        data_root: DataRoot = None,
    ) -> None:
        """Write an interaction log as an atomic file, for RecBole itself; --dataset FILE reads it here.

        \b
        python run.py atomic beauty dataset/beauty/beauty.inter
        python run.py --dataset dataset/beauty/beauty.inter --model sasrec
        """
        from core.command_line.atomic import write_atomic

        write_atomic(console, dataset, output, data_root)
