"""Sparse structures on the device: a constant CSR matrix with a fast product, its normalisations and maskings."""

from datasets.sparse.components import ComponentMatrix
from datasets.sparse.masking import drop_edges, mask_entries
from datasets.sparse.matrix import SparseMatrix
from datasets.sparse.mean import MeanMatrix
from datasets.sparse.normalisation import symmetric

__all__ = ["ComponentMatrix", "MeanMatrix", "SparseMatrix", "drop_edges", "mask_entries", "symmetric"]
