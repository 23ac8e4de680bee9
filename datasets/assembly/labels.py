"""The classes of the target nodes: from an array file, or from a column."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from core.errors import UserError
from datasets.assembly.population import Population
from datasets.description import FileGraph, LabelFile, TargetColumn
from datasets.readers import read_labels
from datasets.readers.node_table import open_node_table
from datasets.readers.table import TableFile, check_columns, text_columns, without_missing

Classes = tuple[str, ...]


def labels_of(description: FileGraph, people: Population, folder: Path) -> tuple[Tensor | None, Classes]:
    """Return the class of every target node (N,) int64, -1 where unknown, and the classes' names where they have any.

    Classes of a column are numbered in the order of their names, shorter ones first. Raises UserError where
    there are fewer than two.
    """
    spec = description.labels
    if spec is None:
        return None, ()
    if isinstance(spec, LabelFile):
        return torch.from_numpy(read_labels(folder / spec.file, people.count, spec.classes, spec.first)), ()
    column = target_column(spec, people, folder, "labels")
    texts = without_missing(column.texts)
    names = sorted(texts.drop_null().unique().to_pylist(), key=lambda name: (len(name), name))
    if len(names) < 2:
        raise UserError(
            f"{column.file.path}: column {spec.column!r} names {len(names)} class of {description.target} nodes; "
            "labels need two or more: correct labels.column, or leave labels out"
        )
    classes = Population.of(pa.array(names, pa.string())).positions(texts)
    labels = np.full(people.count, -1, dtype=np.int64)
    labels[column.nodes] = classes
    return torch.from_numpy(labels), tuple(names)


class TargetTexts:
    """A column's `texts` (R,) and the target `nodes` (R,) that they speak of; `rows` say where in `file` they stand."""

    def __init__(self, file: TableFile, texts: pa.Array, nodes: np.ndarray) -> None:
        known = np.flatnonzero(nodes >= 0)
        self.file, self.texts, self.nodes, self.rows = file, texts.take(known), nodes[known], known


def target_column(spec: TargetColumn, people: Population, folder: Path, key: str) -> TargetTexts:
    """Return a column about target nodes, from their own table or the one that `spec` names.

    Rows of another table about nodes that do not exist are left out. Raises UserError where none is about one.
    """
    if spec.table is not None:
        table = open_node_table(folder / spec.table, str(spec.id), separator=spec.separator, key=key)
        nodes = people.positions(table.ids)
        if (nodes < 0).all():
            raise UserError(f"{table.file.path}: column {spec.id!r} holds no id of a target node ({key}.id)")
    elif people.table is not None:
        table, nodes = people.table, np.arange(len(people.table.ids))
    else:
        raise UserError(f"{key}: the target has no table; name one, and the column of its ids")
    check_columns(table.file, [(f"{key}.column", spec.column)])
    (texts,) = text_columns(table.file, [spec.column])
    return TargetTexts(table.file, texts, nodes)
