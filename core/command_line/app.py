"""The arguments of `run.py`.

The commands' modules need torch and more; they are imported by the command that runs, so that `--help` and a
mistyped option answer at once.
"""
# ruff: noqa: PLC0415

import warnings
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments import (
    atomic,
    compare,
    compare_objectives,
    embed,
    evaluate,
    export,
    inspection,
    leaderboard,
    neighbors,
    recommend,
    report,
    serve,
    sweep,
    tune,
)
from core.command_line.arguments.options import DataRoot, Device, MapMethod, parse_seeds
from core.domain import Domain
from core.errors import UserError
from core.heap import reuse_large_blocks

HELP = """
Contrastive learning without labels, on graphs and on users' histories (recommenders): trains a model, evaluates
it, and leaves a folder with its metrics, embeddings, checkpoints and a report.

Without a sub-command it trains; without any argument, on a small built-in example:

\b
  python run.py
  python run.py --dataset acm --model meow
  python run.py --dataset acm --set trainer.epochs=50 --set optimizer.lr=1e-3
  python run.py --dataset acm --seeds 0,1,2
  python run.py --model sasrec                          (histories made on the spot)
  python run.py --dataset log.csv --model mclrec
  python run.py --config runs/acm-meow/settings.yaml    (repeats a run)
  python run.py --resume runs/acm-meow                  (goes on with one)

Every setting of configs/<model>.yaml can be given by --set; a mistyped one is answered with the closest.
"""


_TORCH_NOTICES = ("Sparse CSR tensor support is in beta", "Sparse invariant checks are implicitly disabled")
"""Once-a-process notices of torch about its own progress, which a user can do nothing about."""

_UNBROKEN = 10_000
"""Columns of an output that has no width: no line is as long."""


class ListKind(StrEnum):
    """What `list` can list."""

    datasets = "datasets"
    models = "models"
    losses = "losses"


def main(domains: Sequence[Domain], configs: Path, arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0, 2 for a user's mistake, 130 when interrupted.

    `configs` is the folder of `<model>.yaml` files; `arguments` are the process's by default.
    """
    for message in _TORCH_NOTICES:
        warnings.filterwarnings("ignore", message=message, category=UserWarning)
    reuse_large_blocks()
    try:
        build_app(domains, configs)(args=arguments, prog_name="run.py")
    except UserError as error:
        console = Console(stderr=True)
        console.print("[bold red]error:[/]", end=" ")
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        return 130
    except SystemExit as exit_:  # how typer ends, also when all is well
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return 0


def build_app(domains: Sequence[Domain], configs: Path) -> typer.Typer:
    """Return the application over these domains."""
    app = typer.Typer(
        help=HELP,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    console = _open_console()

    @app.callback(invoke_without_command=True)
    def train(
        context: typer.Context,
        dataset: Annotated[
            str | None,
            typer.Option(
                help="A name (see `list`), a YAML (see `inspect`) or its folder, or a CSV, TSV, Parquet or .inter file."
            ),
        ] = None,
        model: Annotated[str | None, typer.Option(help="Name of a model; see `list`.")] = None,
        set_: Annotated[
            list[str] | None,
            typer.Option("--set", help="A setting, such as trainer.epochs=50; repeatable.", metavar="KEY=VALUE"),
        ] = None,
        seed: Annotated[
            int | None, typer.Option(min=0, metavar="N", help="Of every random choice [default: 0].")
        ] = None,
        seeds: Annotated[str | None, typer.Option(help="Several seeds, such as 0,1,2.")] = None,
        device: Device = "auto",
        precision: Annotated[str | None, typer.Option(help="32-true or bf16-mixed.")] = None,
        threads: Annotated[int | None, typer.Option(min=1, metavar="N", help="CPU threads [default: torch's].")] = None,
        output: Annotated[Path | None, typer.Option(help="Run folder, new or empty [default: runs/...].")] = None,
        resume: Annotated[Path | None, typer.Option(help="Run folder to go on with.", metavar="RUN")] = None,
        config: Annotated[Path | None, typer.Option(help="YAML with settings, such as a run's.")] = None,
        data_root: DataRoot = None,
        map_: Annotated[MapMethod, typer.Option("--map", help="The report's map of embeddings.")] = MapMethod.pca,
    ) -> None:
        if context.invoked_subcommand is not None:
            return
        from core.command_line.plan import Request
        from core.command_line.session import Surroundings, run_training

        request = Request(dataset, model, seed, parse_seeds(seeds), precision, tuple(set_ or ()), config)
        around = Surroundings(device, threads, data_root, output, resume, map_.value)
        run_training(console, request, around, domains, configs)

    @app.command("list")
    def list_(
        kind: Annotated[ListKind | None, typer.Argument(help="Only these.")] = None,
        data_root: DataRoot = None,
    ) -> None:
        """List data sets, and whether they are on disk, models, and the losses to choose by objective.name."""
        from core.command_line.listing import list_datasets, list_losses, list_models

        if kind in (None, ListKind.datasets):
            list_datasets(console, data_root)
        if kind in (None, ListKind.models):
            list_models(console, domains)
        if kind in (None, ListKind.losses):
            list_losses(console)

    @app.command()
    def download(
        dataset: Annotated[str, typer.Argument(help="Name of a data set.")], data_root: DataRoot = None
    ) -> None:
        """Bring a data set to the data root and check its files."""
        from core.command_line.listing import download as download_dataset

        download_dataset(console, dataset, data_root)

    for command in (
        evaluate,
        embed,
        export,
        neighbors,
        recommend,
        compare,
        compare_objectives,
        inspection,
        leaderboard,
        report,
        serve,
        sweep,
        tune,
        atomic,
    ):
        command.add(app, console, domains, configs)
    return app


def _open_console() -> Console:
    """Return the standard output; into a file or a pipe lines go out whole."""
    console = Console()
    if not console.is_terminal:
        console.width = _UNBROKEN
    return console
