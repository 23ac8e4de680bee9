"""The arguments of `compare-objectives`. Its modules are imported by the command that runs."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments.options import DataRoot, Device, parse_seeds
from core.domain import Domain


def add(app: typer.Typer, console: Console, domains: Sequence[Domain], configs: Path) -> None:
    """Add the command to the application."""

    @app.command("compare-objectives")
    def compare_objectives(
        model: Annotated[str, typer.Option(help="A model that contrasts views, such as adameow or cl4srec.")],
        dataset: Annotated[str | None, typer.Option(help="A name or a file, as for training.")] = None,
        objectives: Annotated[
            str | None, typer.Option(help="Names with commas between [default: all; see `list losses`].")
        ] = None,
        seeds: Annotated[str, typer.Option(help="Numbers with commas between.")] = "0",
        set_: Annotated[
            list[str] | None,
            typer.Option(
                "--set",
                help="A setting for all, such as trainer.epochs=200; repeatable. One of the section objective holds "
                "for those that have it.",
                metavar="KEY=VALUE",
            ),
        ] = None,
        output: Annotated[
            Path | None,
            typer.Option(help="Folder of the runs; one that was begun is gone on with [default: runs/...]."),
        ] = None,
        device: Device = "auto",
        jobs: Annotated[int, typer.Option(min=1, help="Runs at a time.")] = 1,
        threads: Annotated[int, typer.Option(min=1, metavar="N", help="CPU threads of each.")] = 1,
        data_root: DataRoot = None,
    ) -> None:
        """Train a model under every contrastive objective, with the same seeds and budget: quality, uniformity,
        alignment, tolerance, time and memory in one table.

        \b
        python run.py compare-objectives --dataset acm --model adameow --set trainer.epochs=200
        python run.py compare-objectives --model cl4srec --objectives nt-xent,dcl,mv-dhel --seeds 0,1,2
        """
        from core.command_line.compare_objectives import Resources
        from core.command_line.compare_objectives import compare_objectives as compare
        from core.command_line.plan import Request

        names = [name for part in (objectives or "").split(",") if (name := part.strip())]
        request = Request(dataset, model, None, parse_seeds(seeds), assignments=tuple(set_ or ()))
        resources = Resources(output, device, jobs, threads, data_root)
        compare(console, request, names, resources, domains, configs)
