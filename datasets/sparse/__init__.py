"""Sparse structures on the device: a constant CSR matrix with a fast product, its normalisations and maskings."""

from datasets.sparse.masking import drop_edges, mask_entries
from datasets.sparse.matrix import SparseMatrix
from datasets.sparse.normalisation import mean_of, symmetric

__all__ = ["SparseMatrix", "drop_edges", "mask_entries", "mean_of", "symmetric"]
