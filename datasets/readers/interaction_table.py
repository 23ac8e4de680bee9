"""Tables of interactions: a row each, with the user, the item and, where known, the time."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute

from core.errors import UserError
from datasets.interactions import Interactions
from datasets.readers.table import TableFile, check_column, is_text, open_table, text_of, without_nan
from datasets.readers.times import numeric_times


def read_interactions(
    path: Path,
    user: str,
    item: str,
    time: str | None = None,
    separator: str | None = None,
    *,
    header: bool = True,
    drop_missing: bool = False,
) -> Interactions:
    """Return the rows of a `.csv`, `.tsv`, `.inter` or `.parquet` file, in the file's order.

    `user`, `item` and `time` name the columns, which without a `header` are called 1, 2, ... Ids stay text, so that
    "007" is not 7, unless a Parquet file holds them as integers; only where all read like 7.0, which is how pandas
    writes whole numbers with gaps, they are 7. Positions follow the order of the ids, shorter text
    first, so that numbers come in their order. `drop_missing` leaves rows out in which a value is missing. Raises
    UserError naming file, line (of Parquet: row) and column for a missing column, a missing value otherwise, what is
    no id or no time, and a file without rows.
    """
    file = open_table(path, separator, header)
    roles = {"user": user, "item": item} | ({} if time is None else {"time": time})
    for role, name in roles.items():
        check_column(file, name, _remedy(role))
    columns = [without_nan(one) if pa.types.is_floating(one.type) else one for one in file.columns([*roles.values()])]
    if not len(columns[0]):
        raise UserError(f"{path}: has a header but no rows")
    rows = _complete_rows(file, list(roles.values()), columns, drop_missing)
    columns = [column.filter(pa.array(rows)) for column in columns] if not rows.all() else columns
    kept = np.flatnonzero(rows)
    users, user_ids = _positions(file, user, columns[0], kept)
    items, item_ids = _positions(file, item, columns[1], kept)
    times = None if time is None else _times(file, time, columns[2], kept)
    return Interactions(users, items, times, user_ids, item_ids)


def _complete_rows(file: TableFile, names: Sequence[str], columns: Sequence[pa.ChunkedArray], drop: bool) -> np.ndarray:
    """Return which rows (N,) miss no value. Raises UserError unless there are any, and unless all do or `drop`."""
    complete = np.ones(len(columns[0]), dtype=bool)
    for name, column in zip(names, columns, strict=True):
        if column.null_count and not drop:
            row = pa.compute.index(column.is_null(), pa.scalar(True)).as_py()
            raise UserError(
                f"{file.path}, {file.place(row)}: no value in column {name!r}; fill it in, remove the row, or set "
                "data.missing to drop, which leaves such rows out"
            )
        complete &= column.is_valid().to_numpy()
    if not complete.any():
        raise UserError(f"{file.path}: no row has a value in each of the columns {', '.join(names)}")
    return complete


def _remedy(role: str) -> str:
    otherwise = ", or to null where every user's rows are in time order" if role == "time" else ""
    return f"; set data.{role} to the column that holds the {role}{otherwise}"


def _positions(file: TableFile, name: str, column: pa.ChunkedArray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return every row's position (T,) among the ids that occur, and those ids in their order."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):  # the latter is pandas's, where some miss
        ids, positions = np.unique(_as_integers(file, name, column, rows).to_numpy(), return_inverse=True)
        return positions, ids
    if not is_text(column.type):
        raise UserError(f"{file.path}: column {name!r} holds {column.type}; ids are text or integers")
    encoded = text_of(file, name, column).dictionary_encode()
    texts = np.array(encoded.dictionary.to_pylist(), dtype=np.str_)
    order = np.lexsort((texts, np.char.str_len(texts)))
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    return position[encoded.indices.to_numpy()], texts[order]


def _as_integers(file: TableFile, name: str, column: pa.ChunkedArray, rows: np.ndarray) -> pa.ChunkedArray:
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid as error:
        values = column.to_numpy()
        bad = int(np.flatnonzero((values % 1 != 0) | (np.abs(values.astype(np.float64)) >= 2**63))[0])
        raise UserError(
            f"{file.path}, {file.place(int(rows[bad]))}: {values[bad]} in column {name!r} is no id; ids are text or "
            "integers"
        ) from error


def _times(file: TableFile, name: str, column: pa.ChunkedArray, rows: np.ndarray) -> np.ndarray:
    try:
        times = numeric_times(column)
    except (TypeError, pa.ArrowInvalid) as error:
        raise UserError(f"{file.path}: column {name!r} holds no times: {error}") from error
    bad = np.flatnonzero(np.isnan(times))
    if len(bad):
        row = int(bad[0])
        raise UserError(
            f"{file.path}, {file.place(int(rows[row]))}: {str(column[row].as_py())!r} in column {name!r} is no time; "
            "expected a number or a date such as 2014-05-31 or 2014-05-31T12:30:00"
        )
    return times
