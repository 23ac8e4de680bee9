"""Class labels, one a target node."""

from pathlib import Path

import numpy as np

from core.errors import UserError
from datasets.readers.arrays import check_numeric, open_array

UNLABELLED = -1


def read_labels(path: Path, num_nodes: int, num_classes: int, first: int = 0) -> np.ndarray:
    """Return int64 labels from 0 to `num_classes` - 1, -1 where unlabelled; the file counts from `first`.

    Raises UserError where a label is not whole or no class, where there is not one a node, or where a class
    has no node at all.
    """
    array = open_array(path)
    check_numeric(path, array)
    if array.shape != (num_nodes,):
        raise UserError(f"{path}: expected {num_nodes} labels in one row, found shape {array.shape}")
    whole = np.isfinite(array) & (array == np.floor(array))
    unlabelled = array == UNLABELLED
    known = whole & (array >= first) & (array < first + num_classes)
    bad = np.flatnonzero(~(known | unlabelled))
    if len(bad):
        raise UserError(
            f"{path}: label {array[bad[0]]} of node {bad[0]} is no class from {first} to "
            f"{first + num_classes - 1}, nor {UNLABELLED} for unlabelled"
        )
    labels = np.where(unlabelled, UNLABELLED, array - first).astype(np.int64)
    empty = np.flatnonzero(np.bincount(labels[labels >= 0], minlength=num_classes) == 0)
    if len(empty):
        raise UserError(f"{path}: class {empty[0] + first} has no node; correct 'classes' or 'first'")
    return labels
