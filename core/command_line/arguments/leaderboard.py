"""The arguments of `leaderboard`. Its modules are imported by the command that runs."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments.options import Overwrite
from core.command_line.page_format import PageFormat
from core.domain import Domain


def add(app: typer.Typer, console: Console, domains: Sequence[Domain], configs: Path) -> None:
    """Add the command to the application."""

    @app.command()
    def leaderboard(
        folder: Annotated[Path, typer.Argument(help="Where the runs lie, at any depth.")] = Path("runs"),
        dataset: Annotated[str | None, typer.Option(help="Only runs on it.")] = None,
        metric: Annotated[
            str | None, typer.Option(help="What counts, such as test/hr@20 [default: NDCG@10, or Macro-F1].")
        ] = None,
        format_: Annotated[
            PageFormat | None, typer.Option("--format", help="[default: by the output's suffix, else text]")
        ] = None,
        output: Annotated[Path | None, typer.Option(help="File to write [default: the screen].")] = None,
        overwrite: Overwrite = False,
    ) -> None:
        """List the finished runs of a folder, the best first, a table for each data set.

        \b
        python run.py leaderboard
        python run.py leaderboard runs/sweep --dataset beauty --metric test/hr@20

        Runs that differ in their seed alone are one row, their mean. What is not finished is named and left out.
        """
        from core.command_line.leaderboard import rank_runs
        from core.command_line.output_files import check_output
        from core.command_line.pages import deliver

        if output is not None:
            check_output(output, overwrite=overwrite)
        deliver(console, rank_runs(folder, dataset, metric), format_, output)
