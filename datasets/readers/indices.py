"""Index files: the target nodes of one part of a split."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core.errors import UserError
from datasets.readers.arrays import open_array


def read_indices(files: Mapping[str, Path], num_nodes: int) -> dict[str, np.ndarray]:
    """Return the int64 node indices of each part (train, valid, test).

    An index may be listed twice within a part (IMDB's public training sets do so) and then counts twice.
    Raises UserError where an index is out of range, or where two parts overlap.
    """
    parts = {part: _read(path, num_nodes) for part, path in files.items()}
    owner = np.full(num_nodes, -1)
    names = list(parts)
    for number, (part, nodes) in enumerate(parts.items()):
        taken = nodes[owner[nodes] >= 0]
        if len(taken):
            other = files[names[owner[taken[0]]]]
            raise UserError(f"{files[part]}: node {taken[0]} is also in {other}; the parts must not overlap")
        owner[nodes] = number
    return parts


def _read(path: Path, num_nodes: int) -> np.ndarray:
    array = open_array(path)
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer) or not len(array):
        raise UserError(f"{path}: expected a row of whole numbers, found {array.dtype} of shape {array.shape}")
    bad = np.flatnonzero((array < 0) | (array >= num_nodes))
    if len(bad):
        raise UserError(f"{path}: index {array[bad[0]]} at position {bad[0]} is not from 0 to {num_nodes - 1}")
    return array.astype(np.int64)
