"""Dense feature matrices in .npy form."""

from pathlib import Path

import numpy as np

from core.errors import UserError
from datasets.readers.arrays import check_numeric, check_shape, not_finite, open_array


def read_dense(path: Path, num_nodes: int) -> np.ndarray:
    """Return a finite float32 matrix with `num_nodes` rows. Raises UserError naming file and row."""
    array = open_array(path)
    if array.ndim != 2:
        raise UserError(f"{path}: expected a matrix, one row a node; found shape {array.shape}")
    check_numeric(path, array)
    check_shape(path, array.shape, num_nodes)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite and is reported below
        values = array.astype(np.float32)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        raise not_finite(path, int(bad[0, 0]), float(values[tuple(bad[0])]))
    return values
