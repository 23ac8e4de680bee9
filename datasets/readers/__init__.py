"""One reader per kind of file. None of them unpickles; all of them name the file in their errors."""

from datasets.readers.dense_array import read_dense
from datasets.readers.edge_list import read_edges
from datasets.readers.indices import read_indices
from datasets.readers.interaction_table import read_interactions
from datasets.readers.labels import read_labels
from datasets.readers.sparse_matrix import read_sparse
from datasets.readers.user_lines import read_user_lines

__all__ = [
    "read_dense",
    "read_edges",
    "read_indices",
    "read_interactions",
    "read_labels",
    "read_sparse",
    "read_user_lines",
]
