"""The arguments of `inspect`. Its modules are imported by the command that runs."""
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
    def inspect(
        data: Annotated[
            str,
            typer.Argument(help="A folder of tables, a table as a log, a YAML, or a name of `list`.", metavar="DATA"),
        ],
        output: Annotated[Path | None, typer.Option(help="YAML to write, to edit and train on; a new file.")] = None,
        target: Annotated[str | None, typer.Option(help="Of a folder: the node type to embed.")] = None,
        label: Annotated[str | None, typer.Option(help="Of a folder: the column of its classes.")] = None,
        steps: Annotated[
            int | None, typer.Option(min=1, max=8, help="Of a graph: most steps of a suggested meta-path [default: 4].")
        ] = None,
        user: Annotated[str | None, typer.Option(help="Of a log: the column of users.")] = None,
        item: Annotated[str | None, typer.Option(help="Of a log: the column of items.")] = None,
        time: Annotated[str | None, typer.Option(help="Of a log: the column of times.")] = None,
        data_root: DataRoot = None,
    ) -> None:
        """Say what data hold and what looks wrong with them, and write a description of them.

        \b
        python run.py inspect shop                               (a folder: node tables and edge tables)
        python run.py inspect shop --output shop/graph.yaml      (what was understood, to edit)
        python run.py --dataset shop/graph.yaml --model adameow
        python run.py inspect purchases.csv --user customer --item sku
        python run.py inspect acm

        Of a folder, a table whose rows all have an id of their own is taken for nodes, one with two columns of
        such ids for edges; every guess is explained, and no file is changed.
        """
        import datasets
        from core.command_line.inspection import inspect as inspect_data

        graph = datasets.GraphWishes(target, label, steps)
        inspect_data(console, data, data_root, graph, datasets.LogWishes(user, item, time), output)
