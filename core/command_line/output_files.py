"""Where a command writes: never over something that is there, unless that is asked for."""

import os
from pathlib import Path

from core.errors import UserError


def check_output(
    output: Path, *, overwrite: bool, folder: bool = False, remedy: str = "choose another --output, or add --overwrite"
) -> None:
    """Raise UserError unless `output`, a file or a `folder` itself, can be written to, before anything is computed.

    What is there may be replaced only with `overwrite`, else the error ends with `remedy`; the folder that it is to
    be in need not exist yet.
    """
    if output.is_dir() and not folder:
        raise UserError(f"{output}: is a folder; name a file in it")
    if output.is_file() and folder:
        raise UserError(f"{output}: is a file; name a folder")
    if output.exists() and not overwrite:
        raise UserError(f"{output}: is there already; {remedy}")
    above = next(one for one in output.absolute().parents if one.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise UserError(f"{output}: nothing can be written in {above}; {remedy.partition(',')[0]}")


def make_room(output: Path) -> None:
    """Make the folder that `output` is to be in; raises UserError where that fails."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{output.parent}: the folder cannot be made: {error.strerror}") from None
