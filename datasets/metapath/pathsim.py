"""Meta-path neighbours: each target node's most similar ones by PathSim."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Literal

import numpy as np
import scipy.sparse as sp

from core.errors import UserError
from datasets.cache import Arrays, cached_arrays
from datasets.graph import GraphDataset, MetaPath
from datasets.metapath.products import half_products, product_diagonal
from datasets.metapath.selection import select_top_k

Ties = Literal["random", "index"]

_ALGORITHM = 1  # raise when the result for the same key changes
_MAX_ENTRIES = 1 << 23  # of a padded block: 64 MiB of float64


def top_k_adjacency(
    dataset: GraphDataset,
    path: MetaPath,
    k: int,
    *,
    ties: Ties = "random",
    seed: int = 0,
    block: int = 1024,
) -> sp.csr_matrix:
    """Return A, the instance counts of `path`, cut down to each row's `k` most similar nodes.

    N x N, float32, sorted indices. Similarity is PathSim(u, v) = 2 A[u,v] / (A[u,u] + A[v,v]) (Sun et al.,
    VLDB 2011); pairs without an instance are never kept, so that a row may have fewer than `k`, and that of
    an isolated node none. The diagonal entry is always kept. `ties` settles who gets the last places:
    "random" draws per row by `seed` (where all papers of a subject tie, lowest-id-first would make every row
    alike), "index" takes the lowest ids. Works in at most `block` rows at a time, which changes nothing in
    the result, and never holds A whole. Cached on disk. Raises UserError where `k` is below 1.
    """
    if k < 1:
        raise UserError(f"meta-path {path.name}: top_k is {k}; it must be at least 1")
    key = {
        "algorithm": _ALGORITHM,
        "data": dataset.checksum,
        "steps": [asdict(step) for step in path.steps],
        "k": k,
        "ties": ties,
        "seed": seed if ties == "random" else None,
    }

    def build() -> Arrays:
        matrix = _top_k(*half_products(dataset.graph, path), k, ties, seed, block)
        return {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}

    found = cached_arrays("pathsim", key, build)
    count = dataset.num_targets
    return sp.csr_matrix((found["data"], found["indices"], found["indptr"]), shape=(count, count))


def _top_k(left: sp.csr_matrix, right: sp.csr_matrix, k: int, ties: Ties, seed: int, block: int) -> sp.csr_matrix:
    diagonal = product_diagonal(left, right)
    blocks = [_top_k_rows(left, right, rows, diagonal, k, ties, seed) for rows in _row_blocks(left, right, block)]
    return sp.vstack(blocks, format="csr", dtype=np.float32)


def _top_k_rows(
    left: sp.csr_matrix,
    right: sp.csr_matrix,
    block: range,
    diagonal: np.ndarray,
    k: int,
    ties: Ties,
    seed: int,
) -> sp.csr_matrix:
    counts = left[block.start : block.stop] @ right
    counts.sort_indices()
    rows = np.repeat(np.arange(block.start, block.stop), np.diff(counts.indptr))
    denominator = diagonal[rows] + diagonal[counts.indices]
    # Both are 0 only on paths that do not read the same backwards; nothing is similar there.
    scores = np.divide(2 * counts.data, denominator, out=np.zeros_like(denominator), where=denominator > 0)
    scores[rows == counts.indices] = np.inf

    def tie_keys(entries: np.ndarray) -> np.ndarray:
        columns = counts.indices[entries].astype(np.uint64)
        return columns if ties == "index" else _random_keys(rows[entries], columns, len(diagonal), seed)

    kept = select_top_k(counts.indptr, scores, k, tie_keys)
    indptr = np.concatenate([[0], np.cumsum(kept)])[counts.indptr]
    values = counts.data[kept].astype(np.float32)
    return sp.csr_matrix((values, counts.indices[kept], indptr), shape=counts.shape)


def _row_blocks(left: sp.csr_matrix, right: sp.csr_matrix, block: int) -> Iterator[range]:
    """Yield consecutive row ranges, at most `block` long, whose padded product stays within bounds."""
    pattern = sp.csr_matrix((np.ones_like(left.data), left.indices, left.indptr), shape=left.shape)
    longest = np.minimum(pattern @ np.diff(right.indptr), right.shape[1])
    start = 0
    while start < left.shape[0]:
        width = max(int(longest[start : start + block].max()), 1)
        stop = min(start + max(min(block, _MAX_ENTRIES // width), 1), left.shape[0])
        yield range(start, stop)
        start = stop


def _random_keys(rows: np.ndarray, columns: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return a hash of (seed, row, column), distinct within a row and the same however rows are blocked.

    The high bits are random (SplitMix64, Steele et al., OOPSLA 2014), the low ones the column, below `count`.
    """
    mixed = _mix(_mix(rows.astype(np.uint64) + _mix(np.array([seed % 2**64], dtype=np.uint64))) ^ columns)
    bits = np.uint64(count.bit_length())
    return ((mixed >> bits) << bits) | columns


def _mix(values: np.ndarray) -> np.ndarray:
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
