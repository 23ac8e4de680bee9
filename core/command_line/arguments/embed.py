"""The arguments of `embed`. Its modules are imported by the command that runs."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments.options import DataRoot, Device, Overwrite, Run
from core.domain import Domain
from core.embedding_files.format import EmbeddingFormat


def add(app: typer.Typer, console: Console, domains: Sequence[Domain], configs: Path) -> None:
    """Add the command to the application."""

    @app.command()
    def embed(
        run: Run,
        output: Annotated[
            Path | None, typer.Option(help="A file.npz or file.parquet, or a projector's folder [default: in RUN].")
        ] = None,
        format_: Annotated[
            EmbeddingFormat | None, typer.Option("--format", help="[default: by the output's suffix, else npz]")
        ] = None,
        overwrite: Overwrite = False,
        device: Device = "auto",
        data_root: DataRoot = None,
    ) -> None:
        """Compute a run's embeddings, of target nodes or items, again from its checkpoint.

        \b
        python run.py embed runs/acm-meow --output nodes.parquet
        python run.py embed runs/acm-meow --format projector
        tensorboard --logdir runs/acm-meow/projector

        A .npz file holds the arrays ids and vectors; a Parquet table the columns id and vector; the projector's
        folder tensors.tsv and metadata.tsv, which other viewers read, too.
        """
        from core.command_line.embed import embed as embed_run

        embed_run(console, run, domains, data_root, device, output, format_, overwrite)
