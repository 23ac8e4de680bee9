"""Where data files lie and where derived ones are kept."""

import os
from pathlib import Path

import pooch


def resolve_root(root: Path | None = None) -> Path:
    """Return the folder that holds one sub-folder of files per data set.

    The argument, else `$CONTRAST_DATA`, else the per-user cache folder. May be read-only, need not exist.
    """
    if root is not None:
        return Path(root).expanduser()
    named = os.environ.get("CONTRAST_DATA")
    return Path(named).expanduser() if named else _per_user_folder()


def cache_folder() -> Path:
    """Return the folder for derived things: `$CONTRAST_CACHE`, else below the per-user cache folder.

    Never the data root, which may be read-only.
    """
    named = os.environ.get("CONTRAST_CACHE")
    return Path(named).expanduser() if named else _per_user_folder() / "derived"


def _per_user_folder() -> Path:
    return Path(pooch.os_cache("contrast"))
