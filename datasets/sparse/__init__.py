"""Sparse structures on the device: a constant CSR matrix with a fast product, its normalisations and maskings."""

from datasets.sparse.components import ComponentMatrix
from datasets.sparse.edge_dropout import EdgeDropout
from datasets.sparse.masking import draw_dropped, drop_edges, mask_entries
from datasets.sparse.matrix import SparseMatrix
from datasets.sparse.mean import MeanMatrix
from datasets.sparse.normalisation import symmetric

__all__ = [
    "ComponentMatrix",
    "EdgeDropout",
    "MeanMatrix",
    "SparseMatrix",
    "draw_dropped",
    "drop_edges",
    "mask_entries",
    "symmetric",
]
