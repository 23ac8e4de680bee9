"""Random sub-graphs of one graph, drawn and normalised on the device."""

from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch.nn import functional

from datasets.sparse.components import ComponentMatrix
from datasets.sparse.masking import draw_dropped


class EdgeDropout:
    """``symmetric(drop_edges(A, rate))``, drawn as often as wanted.

    Where every entry goes, in a dense block or in the sparse rest, is found out once. A draw sets values alone, those
    of dropped edges to 0: no structure is built again and nothing is copied between host and device.

    Args:
        adjacency: A, N x N SciPy matrix; only where its entries are counts.
        transpose: as in :func:`datasets.sparse.symmetric`.
        device: where the draws are made and live.
    """

    def __init__(self, adjacency: Any, *, transpose: bool = True, device: torch.device | str = "cpu") -> None:
        edges = sp.csr_matrix(adjacency - sp.diags_array(adjacency.diagonal()))
        edges.eliminate_zeros()
        count = edges.shape[0]
        ends = sp.coo_matrix(edges)
        rows, columns = (np.concatenate([end, np.arange(count)]) for end in (ends.row, ends.col))  # loops come last
        place = (columns, rows) if transpose else (rows, columns)
        structure = ComponentMatrix.from_scipy(sp.csr_matrix((np.ones(len(rows)), place), shape=edges.shape), device)
        self._edges = edges.nnz
        self._structure = structure
        self._starts = torch.from_numpy(edges.indptr.astype(np.int64)).to(device)
        self._rows = torch.from_numpy(rows.astype(np.int64)).to(device)
        self._columns = torch.from_numpy(columns.astype(np.int64)).to(device)
        self._positions = torch.from_numpy(_positions(structure, *place)).to(device)

    def draw(self, rate: float, generator: torch.Generator) -> ComponentMatrix:
        """Drop ``floor(rate * edges)`` edges other than self-loops, and normalise what stays.

        Args:
            generator: on the device of the draws.
        """
        dropped = draw_dropped(self._edges, rate, generator)
        kept = torch.ones(self._edges, dtype=torch.int32, device=dropped.device).index_fill_(0, dropped, 0)
        # Differences of running sums: whole numbers, which add up to the same in any order.
        running = functional.pad(kept.cumsum(0), (1, 0))[self._starts]
        scale = (1 + running.diff()).float().rsqrt()
        values = scale[self._rows] * scale[self._columns]
        values[: self._edges] *= kept
        sizes = [len(nodes) ** 2 for nodes in self._structure.nodes]
        parts = torch.zeros(sum(sizes) + self._structure.rest.nnz, device=values.device)
        *blocks, rest = parts.index_copy_(0, self._positions, values).split([*sizes, self._structure.rest.nnz])
        square = tuple(block.view(len(nodes), -1) for block, nodes in zip(blocks, self._structure.nodes, strict=True))
        return ComponentMatrix(self._structure.rest.with_values(rest), self._structure.nodes, square)


def _positions(structure: ComponentMatrix, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return where each entry lies when the blocks, row by row, and the rest's values stand one after the other."""
    count = structure.shape[0]
    start, width, within = np.full(count, -1), np.zeros(count, np.int64), np.zeros(count, np.int64)
    end = 0
    for nodes in structure.nodes:
        members = nodes.cpu().numpy()
        start[members], width[members], within[members] = end, len(members), np.arange(len(members))
        end += len(members) ** 2
    # A component is in a block as a whole, so that the row alone says in which.
    positions = start[rows] + within[rows] * width[rows] + within[columns]
    rest = np.flatnonzero(start[rows] < 0)
    positions[rest[np.lexsort((columns[rest], rows[rest]))]] = end + np.arange(len(rest))
    return positions
