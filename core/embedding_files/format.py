"""The names of the formats, and which one an output's name asks for."""

from enum import StrEnum
from pathlib import Path

from core.errors import UserError


class EmbeddingFormat(StrEnum):
    """What embeddings can be written as: two kinds of file, and a folder for TensorBoard's projector."""

    npz = "npz"
    parquet = "parquet"
    projector = "projector"


_SUFFIXES = {".npz": EmbeddingFormat.npz, ".parquet": EmbeddingFormat.parquet}
DEFAULT_NAMES = {
    EmbeddingFormat.npz: "embeddings.npz",
    EmbeddingFormat.parquet: "embeddings.parquet",
    EmbeddingFormat.projector: "projector",
}
"""What they are called in a run folder."""


def choose_format(given: EmbeddingFormat | None, output: Path | None) -> EmbeddingFormat:
    """Return the format that was given, else the one of the output's suffix, else `npz`.

    Raises UserError where the suffix names no format, or another one than the given.

    >>> choose_format(None, Path("items.parquet"))
    <EmbeddingFormat.parquet: 'parquet'>
    """
    if output is None:
        return given or EmbeddingFormat.npz
    named = _SUFFIXES.get(output.suffix.lower())
    if given is None and named is None:
        raise UserError(
            f"--output {output}: the format cannot be seen from the name; end it in .npz or .parquet, or add "
            "--format projector for a folder that TensorBoard reads"
        )
    if given is not None and named not in (None, given):
        raise UserError(f"--output {output} is no name for --format {given}: leave one of the two out")
    return given or named or EmbeddingFormat.npz
