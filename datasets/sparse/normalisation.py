"""Normalised forms of sparse matrices (SciPy in, SciPy out: done once, before training)."""

from typing import Any

import numpy as np
import scipy.sparse as sp


def symmetric(adjacency: Any, *, transpose: bool = True) -> sp.csr_matrix:
    """Return ``D^-1/2 A^T D^-1/2`` with D the row sums of A; empty rows stay empty.

    Keeping each row's top k makes A asymmetric, and MEOW's public code then propagates along the *transpose*;
    that is the default. With ``transpose=False`` the result is ``D^-1/2 A D^-1/2``.

    Shapes:
        adjacency: N x N, non-negative -> N x N float32.
    """
    matrix = sp.csr_matrix(adjacency, dtype=np.float64)
    degree = np.asarray(matrix.sum(axis=1)).ravel()
    scale = np.zeros_like(degree)
    np.power(degree, -0.5, where=degree > 0, out=scale)
    scaled = sp.diags_array(scale) @ matrix @ sp.diags_array(scale)
    return sp.csr_matrix(scaled.T if transpose else scaled, dtype=np.float32)
