"""The arguments of `evaluate`. Its modules are imported by the command that runs."""
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
    def evaluate(
        run: Run,
        set_: Annotated[
            list[str] | None,
            typer.Option(
                "--set", help="Another setting of the evaluation; repeatable.", metavar="evaluation.KEY=VALUE"
            ),
        ] = None,
        device: Device = "auto",
        data_root: DataRoot = None,
    ) -> None:
        """Evaluate a run's model again, as it was or otherwise; the run folder stays as it is.

        \b
        python run.py evaluate runs/acm-meow
        python run.py evaluate runs/acm-meow --set "evaluation.few_shot.shots=[1,5]"
        python run.py evaluate runs/beauty-sasrec --set evaluation.filter_seen=true
        """
        from core.command_line.evaluate import evaluate as evaluate_run

        evaluate_run(console, run, domains, data_root, device, set_ or ())
