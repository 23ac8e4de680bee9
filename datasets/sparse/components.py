"""A square sparse matrix whose dense connected components are kept, and multiplied, as dense blocks."""

from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from datasets.sparse.constant_product import constant_product
from datasets.sparse.matrix import SparseMatrix

MIN_SIZE = 32
"""Smaller components are not worth a product of their own."""
MAX_BLOCKS = 64
"""The largest components come first; a product each for thousands of small ones would cost more than it saves."""
MIN_DENSITY = 0.125
"""From here a dense product is faster than a sparse one; a block takes at most four times the memory of its entries."""


class ComponentMatrix:
    """A constant N x N matrix, block by block over its connected components.

    Papers that share their one subject are all each other's neighbours: a meta-path's adjacency then falls into a
    few components that are nearly full, and a dense product of such a block is several times faster than a sparse
    one. Components below ``MIN_DENSITY`` stay sparse, so memory stays proportional to the number of entries.

    Shapes:
        ``A @ x``: (N x N) @ (N x d) -> N x d, differentiable in x.
    """

    def __init__(self, rest: SparseMatrix, nodes: tuple[Tensor, ...], blocks: tuple[Tensor, ...]) -> None:
        self.rest = rest
        self.nodes = nodes
        self.blocks = blocks

    @classmethod
    def from_scipy(cls, matrix: Any, device: torch.device | str = "cpu") -> "ComponentMatrix":
        """Split a square SciPy sparse matrix into dense blocks and a sparse rest, as float32 on ``device``."""
        csr = sp.csr_matrix(matrix, copy=True)
        csr.eliminate_zeros()
        if csr.shape[0] != csr.shape[1]:
            raise ValueError(f"only a square matrix has components, got {csr.shape}")
        _, label = connected_components(csr, directed=False)
        size = np.bincount(label)
        entries = np.bincount(label, weights=np.diff(csr.indptr), minlength=len(size))
        dense = np.flatnonzero((size >= MIN_SIZE) & (entries >= MIN_DENSITY * size.astype(float) ** 2))
        dense = dense[np.argsort(-size[dense], kind="stable")][:MAX_BLOCKS]
        members = np.split(np.argsort(label, kind="stable"), np.cumsum(size)[:-1])
        members = [members[one] for one in dense]
        blocks = tuple(torch.from_numpy(csr[rows][:, rows].toarray().astype(np.float32)).to(device) for rows in members)
        sparse = sp.diags_array((~np.isin(label, dense)).astype(csr.dtype)) @ csr
        sparse.eliminate_zeros()  # the blocks' rows, scaled by 0
        nodes = tuple(torch.from_numpy(rows).to(device) for rows in members)
        return cls(SparseMatrix.from_scipy(sparse, device), nodes, blocks)

    def to_scipy(self) -> sp.csr_matrix:
        """Return a SciPy CSR copy on the CPU."""
        total = self.rest.to_scipy()
        for rows, block in zip(self.nodes, self.blocks, strict=True):
            small = sp.coo_matrix(block.cpu().numpy())
            index = rows.cpu().numpy()
            total = total + sp.csr_matrix((small.data, (index[small.row], index[small.col])), shape=self.shape)
        return sp.csr_matrix(total)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rest.shape

    def __matmul__(self, dense: Tensor) -> Tensor:
        """Return ``A @ dense``."""
        return constant_product(self, dense)

    def times(self, dense: Tensor) -> Tensor:
        """Return ``A @ dense`` without a gradient."""
        return self._fill(self.rest.times(dense), dense, self.blocks)

    def transposed_times(self, dense: Tensor) -> Tensor:
        """Return ``A.T @ dense`` without a gradient."""
        return self._fill(self.rest.transposed_times(dense), dense, tuple(block.T for block in self.blocks))

    def __repr__(self) -> str:
        """Show the size and how it is split."""
        sizes = [len(block) for block in self.blocks]
        return f"ComponentMatrix({self.shape[0]} x {self.shape[1]}, dense blocks {sizes}, rest {self.rest.nnz})"

    def _fill(self, result: Tensor, dense: Tensor, blocks: tuple[Tensor, ...]) -> Tensor:
        """Write the blocks' products into the sparse one's rows, which are empty there: no sum, no copies."""
        for rows, block in zip(self.nodes, blocks, strict=True):
            result.index_copy_(0, rows, block.to(dense.dtype) @ dense.index_select(0, rows))
        return result
