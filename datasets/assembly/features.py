"""The features of a node type: from an array file, learnt along meta-paths, or from a table's columns."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from core.errors import UserError
from datasets.assembly.population import Population
from datasets.columns import categorical_features, numeric_features, stack_features, text_features
from datasets.description import Column, Features, TableNodes, Walks
from datasets.features import row_normalised, row_normalised_dense, sparse_tensor
from datasets.graph import MetaPath
from datasets.metapath2vec import path_embeddings
from datasets.readers import read_dense, read_sparse
from datasets.readers.table import TableFile, check_columns, numbers_of, text_of


def file_features(features: Features, count: int, folder: Path) -> Tensor:
    """Return what `features.file` holds for `count` nodes, its rows normalised where asked for."""
    by_row, path = features.normalise == "row", folder / str(features.file)
    if features.format == "sparse":
        matrix = read_sparse(path, count)
        return sparse_tensor(row_normalised(matrix) if by_row else matrix)
    dense = torch.from_numpy(read_dense(path, count))
    return row_normalised_dense(dense) if by_row else dense


def learnt_features(
    features: Features, graph: HeteroData, node_type: str, paths: Sequence[MetaPath], checksum: str, walks: Walks
) -> Tensor:
    """Return embeddings learnt by MetaPath2Vec along each of `paths`, side by side."""
    for path in paths:
        if node_type not in path.types:
            raise UserError(f"nodes.{node_type}.features.metapath2vec: no {node_type} on the path {path.name}")
    learnt = torch.cat([path_embeddings(graph, path, checksum, walks)[node_type] for path in paths], dim=1)
    return row_normalised_dense(learnt) if features.normalise == "row" else learnt


def table_features(name: str, node: TableNodes, people: Population) -> Tensor | None:
    """Return the features that a table's columns make, one row a node, None where they say nothing.

    A node that the table does not list has every value missing. Raises UserError naming line and column for what
    is no number in a numeric column.
    """
    if people.table is None or not node.columns:
        return None
    file = people.table.file
    check_columns(file, [(f"nodes.{name}.columns", column) for column in node.columns])
    read = zip(node.columns.items(), file.columns(list(node.columns)), strict=True)
    unlisted = people.count - len(people.table.ids)
    return stack_features([_encoded(file, column, spec, values, unlisted) for (column, spec), values in read])


def _encoded(file: TableFile, name: str, spec: Column, column: pa.ChunkedArray, unlisted: int) -> sp.csr_matrix:
    if spec.kind == "numeric":
        return numeric_features(np.concatenate([numbers_of(file, name, column), np.full(unlisted, np.nan)]))
    texts = pa.concat_arrays([text_of(file, name, column), pa.nulls(unlisted, pa.string())])
    return (categorical_features if spec.kind == "categorical" else text_features)(texts, spec.most)
