"""Arguments that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

Run = Annotated[Path, typer.Argument(help="The folder of a run.", metavar="RUN")]
DataRoot = Annotated[
    Path | None,
    typer.Option("--data-root", help="Folder of the data sets [default: $CONTRAST_DATA, else a cache folder]."),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what --output names.")]
