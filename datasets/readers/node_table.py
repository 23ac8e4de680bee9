"""Tables of nodes: a row each, with a column of their ids."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute

from core.errors import UserError
from datasets.readers.table import TableFile, check_columns, open_table, text_columns


@dataclass(frozen=True, eq=False)
class NodeTable:
    """An open table and the ids of its rows: (N,) text, no two alike."""

    file: TableFile
    ids: pa.Array


def open_node_table(
    path: Path, id_column: str, *, separator: str | None = None, header: bool = True, key: str = "nodes"
) -> NodeTable:
    """Open a `.csv`, `.tsv`, `.inter` or `.parquet` file of nodes and read the ids.

    `key` names the description's part in errors. Raises UserError naming the line of a row without an id, or with
    the id of an earlier one.
    """
    file = open_table(path, separator, header)
    check_columns(file, [(f"{key}.id", id_column)])
    (ids,) = text_columns(file, [id_column])
    if not len(ids):
        raise UserError(f"{path}: has no rows")
    if ids.null_count:
        row = pa.compute.index(ids.is_null(), pa.scalar(True)).as_py()
        raise UserError(f"{path}, {file.place(row)}: no id in column {id_column!r}; fill it in or remove the row")
    again = first_repeat(ids)
    if again is not None:
        first = pa.compute.index(ids, ids[again]).as_py()
        raise UserError(
            f"{path}, {file.place(again)}: id {ids[again].as_py()!r} stands also on {file.place(first)}; a table of "
            f"nodes has one row each: remove one, or correct {key}.id"
        )
    return NodeTable(file, ids)


def first_repeat(ids: pa.Array) -> int | None:
    """Return the first row (from 0) whose id an earlier row has, None where all differ. No id may be null."""
    codes = ids.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    # Codes count up as new ids come: the first that does not is a repeat.
    new = np.maximum.accumulate(np.concatenate([[-1], codes[:-1]])) < codes
    repeats = np.flatnonzero(~new)
    return int(repeats[0]) if len(repeats) else None
