"""The arguments of `tune`. Its modules are imported by the command that runs."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments.options import DataRoot, Device, parse_seeds
from core.domain import Domain

TRIALS = 20
"""Trials where neither their number nor a time is given."""


def add(app: typer.Typer, console: Console, domains: Sequence[Domain], configs: Path) -> None:
    """Add the command to the application."""

    @app.command()
    def tune(
        model: Annotated[str, typer.Option(help="Name of a model; see `list`.")],
        space: Annotated[Path, typer.Option(help="YAML of the settings to search.", metavar="FILE")],
        dataset: Annotated[str | None, typer.Option(help="A name or a file, as for training.")] = None,
        trials: Annotated[
            int | None,
            typer.Option(min=1, metavar="N", help=f"Of the study in all, over its processes [default: {TRIALS}]."),
        ] = None,
        timeout: Annotated[
            float | None, typer.Option(min=0, metavar="S", help="Seconds after which no trial is begun.")
        ] = None,
        metric: Annotated[
            str | None, typer.Option(help="What to improve, such as valid/ndcg@10 [default: trainer.monitor].")
        ] = None,
        seeds: Annotated[
            str | None, typer.Option(help="Train each trial under several, such as 0,1,2; the mean counts.")
        ] = None,
        set_: Annotated[
            list[str] | None,
            typer.Option("--set", help="A setting of all trials; repeatable.", metavar="KEY=VALUE"),
        ] = None,
        config: Annotated[Path | None, typer.Option(help="YAML with settings of all trials.")] = None,
        study: Annotated[str | None, typer.Option(help="Name [default: data set and model].")] = None,
        storage: Annotated[
            str | None,
            typer.Option(
                help="Database of the study, such as sqlite:///study.db; for several machines rather a server's, "
                "postgresql://... [default: sqlite in the output].",
                metavar="URL",
            ),
        ] = None,
        output: Annotated[Path | None, typer.Option(help="Folder of the study [default: runs/tune-STUDY].")] = None,
        prune: Annotated[bool, typer.Option("--prune/--no-prune", help="End trials without prospects early.")] = True,
        device: Device = "auto",
        threads: Annotated[int | None, typer.Option(min=1, metavar="N", help="CPU threads [default: torch's].")] = None,
        data_root: DataRoot = None,
    ) -> None:
        """Search for settings by the validation metric; test scores are never looked at.

        \b
        python run.py tune --dataset beauty --model mclrec --space space.yaml --trials 50
        python run.py tune --model cl4srec --space space.yaml --metric valid/ndcg@10 --set trainer.epochs=20
        python run.py --config runs/tune-beauty-mclrec/best.yaml        (trains and tests the best)

        \b
        optimizer.lr: {low: 1e-4, high: 1e-2, log: true}
        encoder.dropout: {low: 0.1, high: 0.6, step: 0.1}
        encoder.layers: {low: 1, high: 3}                     # whole numbers
        objective.name: {choices: [nt-xent, dcl, mv-dhel]}
        objective.temperature: {low: 0.1, high: 1, log: true, when: {objective.name: [nt-xent, dcl]}}

        The same command goes on with the study; given several times at once, the processes share it. Needs the
        extra `tune`: pip install -e '.[tune]'
        """
        from core.command_line.plan import Request
        from core.command_line.tune import Resources
        from core.command_line.tune import tune as run_study
        from core.tuning.search import Budget

        chosen = parse_seeds(seeds)
        one = chosen[0] if len(chosen) == 1 else None
        request = Request(
            dataset, model, one, chosen if one is None else (), assignments=tuple(set_ or ()), config=config
        )
        budget = Budget(TRIALS if trials is None and timeout is None else trials, timeout)
        resources = Resources(study, storage, output, prune, device, threads, data_root)
        if not run_study(console, request, space, metric, budget, resources, domains, configs):
            raise typer.Exit(1)
