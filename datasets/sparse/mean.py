"""The mean of several sparse matrices as an operator."""

from collections.abc import Sequence

import scipy.sparse as sp
from torch import Tensor

from datasets.sparse.components import ComponentMatrix


class MeanMatrix:
    """The mean of equally shaped matrices, applied one after the other and never added up.

    Shapes:
        ``A @ x``: (N x N) @ (N x d) -> N x d.
    """

    def __init__(self, matrices: Sequence[ComponentMatrix]) -> None:
        if not matrices:
            raise ValueError("the mean of no matrix is undefined")
        self.matrices = tuple(matrices)

    def to_scipy(self) -> sp.csr_matrix:
        """Return a SciPy CSR copy on the CPU."""
        total = self.matrices[0].to_scipy()
        for matrix in self.matrices[1:]:
            total = total + matrix.to_scipy()
        return sp.csr_matrix(total / len(self.matrices))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.matrices[0].shape

    def __matmul__(self, dense: Tensor) -> Tensor:
        """Return the mean of the products."""
        total = self.matrices[0] @ dense
        for matrix in self.matrices[1:]:
            total = total + matrix @ dense
        return total / len(self.matrices)
