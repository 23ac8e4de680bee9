"""Arrays that are dear to compute, kept on disk between runs."""

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from datasets.locations import cache_folder

log = logging.getLogger(__name__)

_LAYOUT = 2  # of the file; raise it when older files must not be read
_PREFIX = "array/"  # a node type may be called "key", or "file", which np.savez takes for itself

Arrays = dict[str, np.ndarray]


def cached_arrays(kind: str, key: Mapping[str, object], build: Callable[[], Arrays]) -> Arrays:
    """Return `build()`, or what an earlier call with the same `kind` and `key` returned.

    `key` must be JSON-able and name everything that the result depends on, a version of the algorithm
    included. A file that cannot be read, or that holds the answer to another key, is rebuilt; a cache folder
    that cannot be written costs the next run its time and nothing else.
    """
    text = json.dumps({**key, "layout": _LAYOUT}, sort_keys=True)
    path = cache_folder() / kind / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.npz"
    found = _read(path, text)
    if found is not None:
        return found
    arrays = build()
    try:
        _write(path, text, arrays)
    except OSError as error:
        log.warning("%s is not kept for the next run: cannot write %s (%s)", kind, path, error)
    return arrays


def _read(path: Path, key: str) -> Arrays | None:
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            if str(stored["key"]) == key:
                names = [name for name in stored.files if name.startswith(_PREFIX)]
                return {name.removeprefix(_PREFIX): stored[name] for name in names}
    except Exception as error:  # damage is reported by many types, and all of it is mended by building anew
        log.info("rebuilding %s: %s", path, error)
    return None


def _write(path: Path, key: str, arrays: Arrays) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # A temporary file of its own name: several runs may build the same thing at once.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as stream:
            named = {f"{_PREFIX}{name}": array for name, array in arrays.items()}
            # numpy's stub takes **kwargs for its keyword flag as well
            np.savez(stream, key=np.array(key), **named)  # type: ignore[arg-type]
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
