"""Several columns' features side by side, in the layout that suits them."""

from collections.abc import Sequence

import scipy.sparse as sp
import torch
from torch import Tensor

from datasets.features import sparse_tensor

_DENSE_FROM = 0.25


def stack_features(parts: Sequence[sp.csr_matrix]) -> Tensor | None:
    """Return the columns of all parts, float32: dense where a quarter of the entries is not 0, else sparse CSR.

    None where there is no column at all.

    Shapes:
        parts: N x F_i each -> N x sum of the F_i.
    """
    filled = [part for part in parts if part.shape[1]]
    if not filled:
        return None
    stacked = sp.csr_matrix(sp.hstack(filled, format="csr"))
    stacked.sort_indices()
    if stacked.nnz >= _DENSE_FROM * stacked.shape[0] * stacked.shape[1]:
        return torch.from_numpy(stacked.toarray())
    return sparse_tensor(stacked)
