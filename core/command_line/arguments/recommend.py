"""The arguments of `recommend`. Its modules are imported by the command that runs."""
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
    def recommend(
        run: Run,
        user: Annotated[
            list[str] | None, typer.Option(help="Id of a user, as in the data set; repeatable.", metavar="ID")
        ] = None,
        history: Annotated[
            list[str] | None,
            typer.Option(help="Items that a new user has had, oldest first; repeatable.", metavar="ITEM,ITEM,..."),
        ] = None,
        top: Annotated[int, typer.Option(min=1, metavar="N", help="How many.")] = 10,
        filter_seen: Annotated[
            bool | None,
            typer.Option(
                "--filter-seen/--keep-seen", help="Leave the history's items out or not [default: the run's]."
            ),
        ] = None,
        device: Device = "auto",
        data_root: DataRoot = None,
    ) -> None:
        """Print the best items for users, or for new users by their history."""
        from core.command_line.recommend import make_queries
        from core.command_line.recommend import recommend as print_recommendations

        queries = make_queries(user or (), history or ())
        print_recommendations(console, run, domains, data_root, device, queries, top, filter_seen)
