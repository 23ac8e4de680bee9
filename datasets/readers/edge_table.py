"""Tables of edges: a row each, with a column of ids for either end."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute

from core.errors import UserError
from datasets.readers.table import TableFile, check_columns, open_table, text_columns


@dataclass(frozen=True, eq=False)
class EdgeRows:
    """The rows that name both ends: `sources` and `targets` (E,) are text, `rows` (E,) say where they stand in `file`.

    `without_id` counts the rows that lack an end, and are none of these.
    """

    file: TableFile
    sources: pa.Array
    targets: pa.Array
    rows: np.ndarray
    without_id: int

    def place(self, edge: int) -> str:
        """Return file and line of one of the edges."""
        return f"{self.file.path}, {self.file.place(int(self.rows[edge]))}"


def read_edge_rows(
    path: Path,
    source: str,
    target: str,
    *,
    where: Mapping[str, str] | None = None,
    separator: str | None = None,
    header: bool = True,
    key: str = "relations",
) -> EdgeRows:
    """Return the edges of a `.csv`, `.tsv`, `.inter` or `.parquet` file, in its order.

    `source` and `target` name the columns of ids; `where` keeps rows by the text of other columns. `key` names
    the description's part in errors. Raises UserError for a missing column, and where no row is left.
    """
    file, wanted = open_table(path, separator, header), dict(where or {})
    keys = [(f"{key}.source_column", source), (f"{key}.target_column", target)]
    check_columns(file, keys + [(f"{key}.where", name) for name in wanted])
    sources, targets, *others = text_columns(file, [source, target, *wanted])
    kept = np.ones(len(sources), dtype=bool)
    for column, text in zip(others, wanted.values(), strict=True):
        kept &= pa.compute.equal(column, text).fill_null(False).to_numpy(zero_copy_only=False)
    if not kept.any():
        reason = f"no row has {key}.where: {wanted}" if len(kept) else "has no rows"
        raise UserError(f"{path}: {reason}")
    complete = pa.compute.and_(sources.is_valid(), targets.is_valid()).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(kept & complete)
    if not len(rows):
        raise UserError(f"{path}: no row has a value both in column {source!r} and in column {target!r} ({key})")
    return EdgeRows(file, sources.take(rows), targets.take(rows), rows, int((kept & ~complete).sum()))
