"""The arguments of `embed`. Its modules are imported by the command that runs."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments.options import DataRoot, Device, Run
from core.domain import Domain


def add(app: typer.Typer, console: Console, domains: Sequence[Domain], configs: Path) -> None:
    """Add the command to the application."""

    @app.command()
    def embed(
        run: Run,
        output: Annotated[Path | None, typer.Option(help="File to write [default: RUN/embeddings.npz].")] = None,
        device: Device = "auto",
        data_root: DataRoot = None,
    ) -> None:
        """Compute a run's embeddings again from its checkpoint."""
        from core.command_line.revisit import embed as embed_run

        embed_run(console, run, domains, data_root, device, output)
