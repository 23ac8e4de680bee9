"""Random maskings of sparse matrices: the corruptions behind a view's masked twin."""

from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor


def _checked(rate: float) -> float:
    if not 0 <= rate <= 1:
        raise ValueError(f"a masking rate lies between 0 and 1, got {rate}")
    return rate


def mask_entries(matrix: Any, rate: float, generator: np.random.Generator) -> sp.csr_matrix:
    """Drop ``floor(rate * nnz)`` stored entries, uniformly without replacement; the rest keep their values."""
    kept = sp.coo_matrix(matrix)
    drop = int(_checked(rate) * kept.nnz)
    keep = np.ones(kept.nnz, dtype=bool)
    # Marked rather than sorted, and 32-bit numbers, of which the cache holds more: a third of the time.
    keep[generator.permutation(np.arange(kept.nnz, dtype=np.int32))[:drop]] = False
    parts = (kept.data[keep], (kept.row[keep], kept.col[keep]))
    return sp.csr_matrix(parts, shape=kept.shape)


def drop_edges(adjacency: Any, rate: float, generator: np.random.Generator) -> sp.csr_matrix:
    """Drop ``floor(rate * edges)`` edges other than self-loops; what stays weighs 1, and every node loops to itself.

    Shapes:
        adjacency: N x N -> N x N binary, float32, full diagonal.
    """
    edges = sp.coo_matrix(adjacency)
    real = (edges.row != edges.col) & (edges.data != 0)
    offdiagonal = sp.coo_matrix(
        (np.ones(int(real.sum()), np.float32), (edges.row[real], edges.col[real])), shape=edges.shape
    )
    kept = mask_entries(offdiagonal, rate, generator)
    return sp.csr_matrix(kept + sp.eye_array(edges.shape[0], dtype=np.float32), dtype=np.float32)


def draw_dropped(count: int, rate: float, generator: torch.Generator) -> Tensor:
    """Return ``floor(rate * count)`` of the numbers below ``count``, without replacement, on the generator's device."""
    drop = int(_checked(rate) * count)
    return torch.randperm(count, generator=generator, device=generator.device, dtype=torch.int32)[:drop].long()
