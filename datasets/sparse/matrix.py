"""A constant sparse matrix whose product with a dense one is fast forwards and backwards."""

from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from datasets.sparse.constant_product import constant_product


class SparseMatrix:
    """A constant R x C matrix in CSR form, kept together with its transpose.

    The gradient of ``A @ x`` with respect to ``x`` is ``A.T @ grad``; torch would build that transpose anew at
    every step, so it is made once, on first need. Indices are 32-bit: half the memory traffic, and what MKL
    and cuSPARSE run fastest.

    Shapes:
        csr: R x C ``torch.sparse_csr`` float tensor.
        ``A @ x``: (R x C) @ (C x d) -> R x d.
    """

    def __init__(self, csr: Tensor, transposed: Tensor | None = None) -> None:
        if csr.layout != torch.sparse_csr:
            raise ValueError(f"expected a sparse_csr tensor, got layout {csr.layout}")
        self.csr = csr
        self._transposed = transposed
        self._order: Tensor | None = None

    @classmethod
    def from_scipy(cls, matrix: Any, device: torch.device | str = "cpu") -> "SparseMatrix":
        """Copy a SciPy sparse matrix to ``device`` as float32; duplicate entries are added up."""
        return cls(_to_torch(sp.csr_matrix(matrix), device))

    @classmethod
    def from_csr_tensor(cls, tensor: Tensor, device: torch.device | str = "cpu") -> "SparseMatrix":
        """Take a ``torch.sparse_csr`` tensor, as graphs hold their features."""
        return cls.from_scipy(_to_scipy(tensor), device)

    def to_scipy(self) -> sp.csr_matrix:
        """Return a SciPy CSR copy on the CPU."""
        return _to_scipy(self.csr)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.csr.shape[0], self.csr.shape[1]

    @property
    def nnz(self) -> int:
        """Number of stored entries."""
        return self.csr.values().numel()

    @property
    def device(self) -> torch.device:
        """Where the entries lie."""
        return self.csr.device

    @property
    def transposed(self) -> Tensor:
        """The transpose as a C x R ``sparse_csr`` tensor."""
        if self._transposed is None:
            self._transposed = _to_torch(self.to_scipy().T.tocsr(), self.device)
        return self._transposed

    def with_values(self, values: Tensor) -> "SparseMatrix":
        """Return the matrix that holds other values, in CSR order, at the same places."""
        if self._order is None:  # of the transpose's values, each in place of which
            self._order = torch.argsort(self.csr.col_indices(), stable=True)
        ordered = values[self._order]
        return SparseMatrix(_with_values(self.csr, values), _with_values(self.transposed, ordered))

    def to(self, device: torch.device | str) -> "SparseMatrix":
        """Return the matrix on ``device``."""
        moved = None if self._transposed is None else self._transposed.to(device)
        return SparseMatrix(self.csr.to(device), moved)

    def __matmul__(self, dense: Tensor) -> Tensor:
        """Return ``A @ dense``, differentiable in ``dense``."""
        return constant_product(self, dense)

    def times(self, dense: Tensor) -> Tensor:
        """Return ``A @ dense`` without a gradient."""
        return self.csr.to(dense.dtype) @ dense

    def transposed_times(self, dense: Tensor) -> Tensor:
        """Return ``A.T @ dense`` without a gradient."""
        return self.transposed.to(dense.dtype) @ dense

    def __repr__(self) -> str:
        """Show the size and the number of entries."""
        return f"SparseMatrix({self.shape[0]} x {self.shape[1]}, {self.nnz} entries, {self.device})"


def _with_values(csr: Tensor, values: Tensor) -> Tensor:
    return torch.sparse_csr_tensor(csr.crow_indices(), csr.col_indices(), values, size=csr.shape)


def _to_torch(matrix: sp.csr_matrix, device: torch.device | str) -> Tensor:
    matrix.sum_duplicates()
    return torch.sparse_csr_tensor(
        torch.from_numpy(matrix.indptr.astype(np.int32)),
        torch.from_numpy(matrix.indices.astype(np.int32)),
        torch.from_numpy(matrix.data.astype(np.float32)),
        size=matrix.shape,
    ).to(device)


def _to_scipy(tensor: Tensor) -> sp.csr_matrix:
    host = tensor.detach().cpu()
    parts = (host.values().numpy(), host.col_indices().numpy(), host.crow_indices().numpy())
    return sp.csr_matrix(parts, shape=tuple(host.shape))
