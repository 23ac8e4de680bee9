"""Opening .npy and .npz files without unpickling, and the checks all feature files share."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.errors import UserError


def open_array(path: Path) -> np.ndarray:
    """Return the array of a .npy file, whatever the file's suffix. Raises UserError where it is not one."""
    loaded = _load(path)
    if not isinstance(loaded, np.ndarray):
        raise UserError(f"{path}: holds an archive of arrays (.npz); expected a single array (.npy)")
    return loaded


def open_archive(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a .npz file by name. Raises UserError where it is not one, or is cut short."""
    loaded = _load(path)
    if isinstance(loaded, np.ndarray):
        raise UserError(f"{path}: holds a single array (.npy); expected an archive of arrays (.npz)")
    return loaded


def _load(path: Path) -> np.ndarray | dict[str, np.ndarray]:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file") from error
    except MemoryError:
        raise
    except Exception as error:  # NumPy reports damage by many types: its own, tokenize's, zipfile's and zlib's
        raise UserError(f"{path}: truncated, or no pickle-free NumPy file ({error}); fetch it again") from error


def check_shape(path: Path, shape: Sequence[int], nodes: int) -> None:
    """Raise UserError unless there is one feature row a node, and a column."""
    rows, columns = shape
    if rows != nodes:
        raise UserError(f"{path}: {rows} feature rows for {nodes} nodes; mend the file or the node count")
    if not columns:
        raise UserError(f"{path}: features without a column; leave `features` out, and the type's vectors are learnt")


def check_numeric(path: Path, array: np.ndarray) -> None:
    """Raise UserError unless `array` holds real numbers."""
    if not (np.issubdtype(array.dtype, np.number) or array.dtype == np.bool_) or np.iscomplexobj(array):
        raise UserError(f"{path}: expected numbers, found {array.dtype}")


def not_finite(path: Path, row: int, value: float) -> UserError:
    """Return the error for NaN or infinity in feature row `row` (from 0)."""
    return UserError(f"{path}: {value} in row {row} (counted from 0); features must be finite")
