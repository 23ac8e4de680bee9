"""Where a command writes: never over something that is there, unless that is asked for."""

from pathlib import Path

from core.errors import UserError


def check_output(output: Path, *, overwrite: bool, folder: bool = False) -> None:
    """Make the folder that `output`, a file or a `folder` itself, is to be in.

    Raises UserError where something is at `output` that may not be replaced, or the folder cannot be made.
    """
    if output.is_dir() and not folder:
        raise UserError(f"{output}: is a folder; name a file in it")
    if output.is_file() and folder:
        raise UserError(f"{output}: is a file; name a folder")
    if output.exists() and not overwrite:
        raise UserError(f"{output}: is there already; choose another --output, or add --overwrite")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{output.parent}: the folder cannot be made: {error.strerror}") from None
