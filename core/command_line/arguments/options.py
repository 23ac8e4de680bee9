"""Arguments that several commands take."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from core.errors import UserError


class MapMethod(StrEnum):
    """How the report puts embeddings on a plane."""

    pca = "pca"
    tsne = "tsne"


Run = Annotated[Path, typer.Argument(help="The folder of a run.", metavar="RUN")]
DataRoot = Annotated[
    Path | None,
    typer.Option("--data-root", help="Folder of the data sets [default: $CONTRAST_DATA, else a cache folder]."),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what --output names.")]


def parse_seeds(text: str | None) -> tuple[int, ...]:
    """Return the numbers of `--seeds`; none for None.

    Raises:
        UserError: for what is no number, or is given twice.
    """
    if text is None:
        return ()
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise UserError(f"--seeds {text}: expected whole numbers with commas between, such as 0,1,2")
    seeds = tuple(int(part) for part in parts)
    if len(set(seeds)) < len(seeds):
        raise UserError(f"--seeds {text}: a seed is given twice")
    return seeds
