"""The arguments of `compare`. Its modules are imported by the command that runs."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments.options import DataRoot, Overwrite
from core.command_line.page_format import PageFormat
from core.domain import Domain


def add(app: typer.Typer, console: Console, domains: Sequence[Domain], configs: Path) -> None:
    """Add the command to the application."""

    @app.command()
    def compare(
        runs: Annotated[
            list[str],
            typer.Argument(help="Folders of runs or of seeds, each perhaps with a name.", metavar="[NAME=]RUN"),
        ],
        metrics: Annotated[
            list[str] | None,
            typer.Option(help="Names with commas between, * for anything; repeatable.", metavar="NAME,..."),
        ] = None,
        baseline: Annotated[
            str | None, typer.Option(help="What the others are tested against [default: the first].", metavar="RUN")
        ] = None,
        per_unit: Annotated[
            bool,
            typer.Option("--per-user", "--per-node", help="Also test over users or nodes, ranked or probed again."),
        ] = False,
        format_: Annotated[
            PageFormat | None, typer.Option("--format", help="[default: by the output's suffix, else text]")
        ] = None,
        output: Annotated[Path | None, typer.Option(help="File to write [default: the screen].")] = None,
        overwrite: Overwrite = False,
        device: Annotated[str, typer.Option(help="For --per-user: auto, cpu, cuda or cuda:N.")] = "auto",
        data_root: DataRoot = None,
    ) -> None:
        """Compare runs: means and deviations over seeds, the best, and tests against a baseline.

        \b
        python run.py compare runs/sasrec runs/mclrec
        python run.py compare base=runs/a ours=runs/b --metrics 'test/ndcg@*' --per-user
        python run.py compare runs/beauty-* runs/sports-* --output table.tex

        Runs that differ in their seed alone are one column. Runs on different data, or evaluated in different
        ways, get tables of their own.
        """
        from core.command_line.compare import compare_entries, read_entries
        from core.command_line.output_files import check_output
        from core.command_line.pages import deliver

        if output is not None:
            check_output(output, overwrite=overwrite)
        entries, notes = read_entries(runs, baseline)
        patterns = [name for part in metrics or () for one in part.split(",") if (name := one.strip())]
        reader = None
        if per_unit:
            from core.command_line.unit_scores import score_reader

            reader = score_reader(console, domains, data_root, device)
        page = compare_entries(entries, patterns, notes, baseline=baseline, scores=reader)
        deliver(console, page, format_, output)
