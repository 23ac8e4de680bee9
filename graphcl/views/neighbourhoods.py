"""What the coarse view says of a node beside its embedding: its neighbours, and how many it has."""

import numpy as np
import torch
from torch import Tensor

from graphcl.views.structure import ViewSet


def strongest_neighbours(views: ViewSet, most: int) -> Tensor:
    """Return each node's neighbours in the coarse view, without itself: the `most` of largest weight.

    Shapes:
        2 x E, int64: node, neighbour; on the CPU.
    """
    matrix = views.coarse.to_scipy().tocoo()
    linked = matrix.row != matrix.col
    rows, columns, weights = matrix.row[linked], matrix.col[linked], matrix.data[linked]
    order = np.lexsort((columns, -weights, rows))
    rows, columns = rows[order], columns[order]
    firsts = np.searchsorted(rows, np.arange(matrix.shape[0]))
    kept = np.arange(len(rows)) - firsts[rows] < most
    edges = np.stack([rows[kept], columns[kept]]).astype(np.int64)
    return torch.from_numpy(edges)


def log_degrees(views: ViewSet) -> Tensor:
    """Return ``log(1 + k)`` of each node's k neighbours in the coarse view, itself included if linked: N."""
    counts = np.diff(views.coarse.to_scipy().indptr)
    return torch.from_numpy(np.log1p(counts).astype(np.float32))
