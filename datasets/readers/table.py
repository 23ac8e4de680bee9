"""Tables of any kind, and their columns as text or as numbers, with the place of whatever is wrong."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute

from core.errors import UserError, unknown_name
from datasets.readers.delimited import DelimitedFile, likely_separator
from datasets.readers.parquet import ParquetFile
from datasets.readers.times import numeric_times

TableFile = DelimitedFile | ParquetFile

TABLES = (".csv", ".tsv", ".inter", ".parquet")
"""The suffixes of files that are tables."""

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "?", "-")
"""What stands for "no value" among numbers and labels; among ids and categories these are names like others."""

_WHOLE = r"^-?(0|[1-9]\d*)\.0$"


def open_table(path: Path, separator: str | None = None, header: bool = True) -> TableFile:
    """Open a `.csv`, `.tsv`, `.inter` or `.parquet` file. Raises UserError where it cannot be read."""
    return ParquetFile(path) if path.suffix.lower() == ".parquet" else DelimitedFile(path, separator, header)


def check_columns(file: TableFile, columns: Sequence[tuple[str, str]]) -> None:
    """Raise UserError unless the table has every one of `columns`, pairs of the key that asks for it and its name."""
    for key, name in columns:
        check_column(file, name, f" (it is asked for by {key})")


def check_column(file: TableFile, name: str, remedy: str = "") -> None:
    """Raise UserError, which ends with `remedy`, unless the table has one column of this name."""
    if name not in file.names:
        raise UserError(f"{file.path}: {_parted(file) or unknown_name('column', name, file.names)}{remedy}")
    if file.names.count(name) > 1:
        raise UserError(f"{file.path}: {file.names.count(name)} columns are called {name!r}; rename all but one")


def _parted(file: TableFile) -> str:
    separator = likely_separator(file.path) if isinstance(file, DelimitedFile) and len(file.names) == 1 else None
    return "" if separator is None else f"the first line is parted by {separator!r}; give that as separator"


def text_columns(file: TableFile, names: Sequence[str]) -> list[pa.Array]:
    """Return columns as text (N,), null where there is no value; whole numbers read 7, however they are stored.

    Raises UserError naming the line of what cannot be read, and for a column that is no plain value.
    """
    return [text_of(file, name, column) for name, column in zip(names, file.columns(list(names)), strict=True)]


def text_of(file: TableFile, name: str, column: pa.ChunkedArray) -> pa.Array:
    """Return the column `name` of `file` as `text_columns` does."""
    if pa.types.is_floating(column.type):  # how pandas saves whole numbers of which some are missing
        column = without_nan(column)
        with suppress(pa.ArrowInvalid):  # fractions stay as they are
            column = column.cast(pa.int64())
    try:
        texts = column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UserError(f"{file.path}: column {name!r} holds {column.type}, no plain values") from error
    whole = texts.combine_chunks()
    whole = pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole
    return _without_fraction(pa.compute.if_else(pa.compute.equal(whole, ""), None, whole))


def _without_fraction(texts: pa.Array) -> pa.Array:
    """Return texts that all read like 7.0, which is how pandas writes whole numbers with gaps, as 7."""
    known = texts.drop_null()
    if not len(known) or not known[0].as_py().endswith(".0"):
        return texts
    alike = pa.compute.all(pa.compute.match_substring_regex(known, _WHOLE)).as_py()
    return pa.compute.utf8_slice_codeunits(texts, 0, -2) if alike else texts


def numbers_of(file: TableFile, name: str, column: pa.ChunkedArray) -> np.ndarray:
    """Return the column `name` of `file` as float64 (N,), NaN where there is no value; dates become seconds since 1970.

    Raises UserError naming the line of the first value that is neither.
    """
    values, bad = try_numbers(column)
    if len(bad):
        row = int(bad[0])
        found = column[row].as_py()
        raise UserError(
            f"{file.path}, {file.place(row)}: {str(found)[:60]!r} in column {name!r} is no number; mend it, leave "
            "it empty, or take the column as categorical or text"
        )
    return values


def try_numbers(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return a column as float64 (N,) and the rows whose value is neither a number nor a date."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if is_text(column.type):
        column = _without(column, MISSING)
    if pa.types.is_floating(column.type):
        column = without_nan(column)
    empty = column.is_null().to_numpy()
    try:
        values = numeric_times(column).astype(np.float64)
    except (TypeError, pa.ArrowInvalid):
        values = np.full(len(column), np.nan)
    return values, np.flatnonzero(np.isnan(values) & ~empty)


def is_text(kind: pa.DataType) -> bool:
    """Say whether a column of this type holds text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def without_missing(texts: pa.Array) -> pa.Array:
    """Return texts with null in place of words such as NA that stand for no value."""
    return _without(texts, MISSING)


def _without(texts: pa.Array | pa.ChunkedArray, words: Sequence[str]) -> pa.Array | pa.ChunkedArray:
    missing = pa.compute.is_in(texts, value_set=pa.array(words, texts.type))
    return pa.compute.if_else(missing, pa.scalar(None, texts.type), texts)


def without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of floating numbers with null for NaN, which is how pandas says that a value is missing."""
    return pa.compute.if_else(pa.compute.is_nan(column), pa.scalar(None, column.type), column)
