"""Normalising feature rows, and bringing sparse ones from SciPy to torch."""

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor


def row_normalised(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Divide every row by its sum; a row that sums to 0 stays as it is. Returns float32."""
    sums = np.asarray(matrix.sum(axis=1, dtype=np.float64)).ravel()
    scale = np.divide(1.0, sums, out=np.ones_like(sums), where=sums != 0)
    scaled = matrix.data * np.repeat(scale, np.diff(matrix.indptr))
    return sp.csr_matrix((scaled.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def row_normalised_dense(matrix: Tensor) -> Tensor:
    """Do the same to a dense matrix."""
    sums = matrix.sum(dim=1, keepdim=True)
    return matrix / torch.where(sums == 0, 1.0, sums)


def sparse_tensor(matrix: sp.csr_matrix) -> Tensor:
    """Return `matrix` as a torch sparse CSR tensor, float32 with int64 indices."""
    return torch.sparse_csr_tensor(
        torch.from_numpy(matrix.indptr.astype(np.int64)),
        torch.from_numpy(matrix.indices.astype(np.int64)),
        torch.from_numpy(matrix.data.astype(np.float32)),
        size=matrix.shape,
    )
