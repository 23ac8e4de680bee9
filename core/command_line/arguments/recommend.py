"""The arguments of `recommend`. Its modules are imported by the command that runs."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments.options import DataRoot, Device, Overwrite, Run
from core.domain import Domain
from core.errors import UserError


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
        users_file: Annotated[
            Path | None, typer.Option(help="Table or .txt of user ids, for --output.", metavar="FILE")
        ] = None,
        users_column: Annotated[
            str | None, typer.Option(help="Where the users stand in a table of several columns.", metavar="NAME")
        ] = None,
        all_users: Annotated[bool, typer.Option("--all-users", help="Everyone in the data, for --output.")] = False,
        skip_unknown: Annotated[
            bool, typer.Option("--skip-unknown", help="Leave out users of the file that are not in the data.")
        ] = False,
        output: Annotated[
            Path | None, typer.Option(help="Table of user, rank, item and score.", metavar="FILE.parquet")
        ] = None,
        overwrite: Overwrite = False,
        device: Device = "auto",
        data_root: DataRoot = None,
    ) -> None:
        """Print the best items for users, or for new users by their history; or write them for many users.

        \b
        python run.py recommend runs/beauty-sasrec --user 7 --top 5
        python run.py recommend runs/beauty-sasrec --history 17,4,230 --filter-seen
        python run.py recommend runs/beauty-sasrec --users-file users.csv --output lists.parquet
        python run.py recommend runs/beauty-sasrec --all-users --top 20 --output lists.parquet
        """
        from core.command_line.bulk_recommend import Users, check_wish
        from core.command_line.recommend import make_queries, recommend_in_bulk
        from core.command_line.recommend import recommend as print_recommendations

        if all_users and users_file:
            raise UserError("give either --all-users or --users-file, not both")
        if not users_file and (users_column or skip_unknown):
            raise UserError("--users-column and --skip-unknown go with --users-file: add it, or leave them out")
        if all_users or users_file or output:
            many = Users(users_file, users_column, skip_unknown) if all_users or users_file else None
            wish = check_wish(many, output, overwrite=overwrite, others=bool(user or history))
            recommend_in_bulk(console, run, domains, data_root, device, *wish, top, filter_seen)
        else:
            queries = make_queries(user or (), history or ())
            print_recommendations(console, run, domains, data_root, device, queries, top, filter_seen)
