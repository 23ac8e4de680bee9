"""How many pairs of nodes a meta-path joins: counted where that is cheap, else estimated from a sample of nodes."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from torch_geometric.data import HeteroData

from datasets.graph import MetaPath
from datasets.metapath.products import step_matrix

_MOST_ENTRIES = 1 << 23  # of a block of rows, were it dense: about 100 MB as CSR


@dataclass(frozen=True)
class PathSize:
    """What a meta-path joins: `pairs` of two different nodes, (u, v) and (v, u) counted as two.

    `density` is their share of all pairs, `neighbours` their number a node, `reached` the share of nodes that have
    any. `exact` is False where these are estimates.
    """

    pairs: float
    density: float
    neighbours: float
    reached: float
    exact: bool


def path_size(graph: HeteroData, path: MetaPath, *, work: int = 20_000_000, seed: int = 0) -> PathSize:
    """Count what `path` joins, node after node in random order, until about `work` entries have been visited.

    The nodes seen by then stand for all. Memory stays bounded: a block of rows at a time, whatever the density.
    """
    steps = [_binary(step_matrix(graph, step)) for step in path.steps]
    count = steps[0].shape[0]
    order = np.random.default_rng(seed).permutation(count)
    block = max(_MOST_ENTRIES // max(step.shape[1] for step in steps), 1)
    pairs = reached = seen = 0
    while seen < count and work > 0:
        rows = order[seen : seen + block]
        reach = steps[0][rows]
        for step in steps[1:]:
            work -= int(np.diff(step.indptr)[reach.indices].sum())
            reach = _binary(reach @ step)
        work -= reach.nnz
        others = np.diff(reach.indptr) - _holds(reach, rows)
        pairs += int(others.sum())
        reached += int((others > 0).sum())
        seen += len(rows)
    neighbours = pairs / seen
    return PathSize(neighbours * count, neighbours / max(count - 1, 1), neighbours, reached / seen, seen == count)


def _binary(matrix: sp.csr_matrix) -> sp.csr_matrix:
    matrix = matrix.astype(np.float32)
    matrix.data[:] = 1.0
    return matrix


def _holds(matrix: sp.csr_matrix, columns: np.ndarray) -> np.ndarray:
    """Return, for every row, whether it has an entry in its own one of `columns`."""
    owner = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return np.bincount(owner[matrix.indices == columns[owner]], minlength=matrix.shape[0])
