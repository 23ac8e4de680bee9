"""The arguments of `export`. Its modules are imported by the command that runs."""
# ruff: noqa: PLC0415

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core.command_line.arguments.options import DataRoot, Overwrite, Run
from core.command_line.export_outputs import ExportOutputs
from core.domain import Domain


def add(app: typer.Typer, console: Console, domains: Sequence[Domain], configs: Path) -> None:
    """Add the command to the application."""

    @app.command()
    def export(
        run: Run,
        output: Annotated[Path, typer.Option(help="File to write.", metavar="FILE.onnx")],
        give: Annotated[ExportOutputs, typer.Option(help="What the model returns.")] = ExportOutputs.both,
        overwrite: Overwrite = False,
        data_root: DataRoot = None,
    ) -> None:
        """Write a recommender's encoder as an ONNX model, checked against the run by onnxruntime.

        \b
        python run.py export runs/beauty-sasrec --output sasrec.onnx

        The input items, int64, holds a history in each row, item numbers in time order, padded with 0 on either side
        to a common length; batch and length are free, and the most recent items count. The outputs are user_vectors,
        a row each, and scores, where column n is that of item number n. The numbers' ids are in the Parquet table
        sasrec.items.parquet. Models of graphs have no such input: use embed. Needs the extra `onnx`.
        """
        from core.command_line.export import export as export_run

        export_run(console, run, domains, data_root, give, output, overwrite)
