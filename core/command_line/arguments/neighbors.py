"""The arguments of `neighbors`. Its modules are imported by the command that runs."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments.options import Run
from core.domain import Domain


def add(app: typer.Typer, console: Console, domains: Sequence[Domain], configs: Path) -> None:
    """Add the command to the application."""

    @app.command()
    def neighbors(
        run: Run,
        node: Annotated[str, typer.Option("--node", "--item", help="Id of a node or item, as in the data set.")],
        top: Annotated[int, typer.Option(min=1, metavar="N", help="How many.")] = 10,
    ) -> None:
        """Print the nodes or items closest to one, by the cosine of their embeddings."""
        from core.command_line.revisit import neighbors as print_neighbors

        print_neighbors(console, run, node, top)
