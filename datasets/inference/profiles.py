"""What a table looks like from outside: per column, how much is filled in, how varied it is, whether it is numbers."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute

from core.errors import UserError
from datasets.readers.delimited import likely_separator
from datasets.readers.table import MISSING, TableFile, check_column, is_text, open_table, text_of, try_numbers

_MOST_WORDS_READ = 2000
_FIRST = 1000
_FEW = 0.05
_INDEX = re.compile(r"|Unnamed: \d+|__index_level_\d+__")
"""What columns of row numbers are called that pandas writes if nobody stops it."""
_WITH_COMMA = r"^[+-]?(\d+(,\d+)?|\d{1,3}(\.\d{3})+(,\d+)?|\d{1,3}(,\d{3})+(\.\d+)?)$"


@dataclass(frozen=True, eq=False)
class ColumnProfile:
    """A column of `rows` rows: its distinct `values` as text and how often each occurs (`counts`).

    `numbers` says that every value is a number or a date; `no_number` names the place of the first that is none
    where nearly all are, and how many there are; `with_commas` is a value where all would be numbers but for their
    commas. `nested` is the type of values that are none for themselves, such as lists; then there are no `values`.
    """

    name: str
    rows: int
    values: pa.Array
    counts: np.ndarray
    numbers: bool
    no_number: tuple[str, int] | None = None
    with_commas: str = ""
    nested: str = ""

    @property
    def missing(self) -> int:
        """Rows without a value."""
        return 0 if self.nested else self.rows - int(self.counts.sum())

    @property
    def gaps(self) -> int:
        """Rows without a number: those without a value, and those with a word such as NA."""
        words = pa.compute.is_in(self.values, value_set=pa.array(MISSING)).to_numpy(zero_copy_only=False)
        return self.missing + int(self.counts[words].sum())

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return len(self.values) == self.rows > 0

    @property
    def is_constant(self) -> bool:
        """Whether all rows with a value have the same, or none has one."""
        return len(self.values) < 2 and not self.nested

    def holds(self, text: str) -> bool:
        """Say whether some row has this value."""
        return pa.compute.index(self.values, pa.scalar(text)).as_py() >= 0

    @cached_property
    def is_date(self) -> bool:
        """Whether the numbers are written as dates."""
        known = [text for text in self.values[:10].to_pylist() if text not in MISSING]
        return self.numbers and bool(known) and not any(map(_is_float, known)) and not self.is_truth

    @property
    def is_truth(self) -> bool:
        """Whether the numbers are truth values."""
        return self.numbers and set(self.values[:3].to_pylist()) <= {"true", "false"}

    @cached_property
    def words(self) -> float:
        """Words a value, on average over the first distinct ones."""
        first = self.values[:_MOST_WORDS_READ]
        return float(np.mean([len(text.split()) for text in first.to_pylist()])) if len(first) else 0.0


@dataclass(frozen=True, eq=False)
class TableProfile:
    """A table: its file, the separator where it is not the suffix's own, and its columns by name, in order.

    Without a `header` they are called 1, 2, ...
    """

    path: Path
    separator: str | None
    header: bool
    rows: int
    columns: dict[str, ColumnProfile]


def profile_table(path: Path) -> TableProfile:
    """Read a table whole and describe its columns. Raises UserError where it cannot be read or has no rows.

    The first line is taken for a row like the others, not for the columns' names, if all it has are numbers, or if
    one of its fields stands in another line of the same column, too.
    """
    if path.suffix.lower() == ".parquet":
        return profile_as(path, None, header=True)
    separator = likely_separator(path)
    if all(map(_is_float, open_table(path, separator).names)):
        return profile_as(path, separator, header=False)
    table = profile_as(path, separator, header=True)
    has_names = not any(column.holds(name) for name, column in table.columns.items())
    return table if has_names else profile_as(path, separator, header=False)


def profile_as(path: Path, separator: str | None, *, header: bool) -> TableProfile:
    """Describe the columns of a table that is laid out as said; those without a name are left out."""
    file = open_table(path, separator, header)
    names = [name for name in file.names if not _INDEX.fullmatch(name)]
    for name in names:
        check_column(file, name)
    raw = file.columns(names)
    if not raw or not len(raw[0]):
        raise UserError(f"{path}: has no rows")
    columns = {name: _profile(file, name, column) for name, column in zip(names, raw, strict=True)}
    return TableProfile(path, separator, header, len(raw[0]), columns)


def _profile(file: TableFile, name: str, column: pa.ChunkedArray) -> ColumnProfile:
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return ColumnProfile(name, len(column), pa.array([], pa.string()), np.zeros(0), False, nested=str(column.type))
    text = text_of(file, name, column)
    counted = pa.compute.value_counts(text.drop_null())
    values, counts = counted.field("values"), counted.field("counts").to_numpy(zero_copy_only=False)
    bad = _no_numbers(column if not is_text(column.type) else pa.chunked_array([values]))
    odd = None
    if 0 < len(bad) <= _FEW * len(values) and is_text(column.type):
        first = pa.compute.index(text, values[int(bad[0])]).as_py()
        odd = (file.place(first), int(counts[bad].sum()))
    numbers = len(values) > 0 and not len(bad)
    return ColumnProfile(name, len(text), values, counts, numbers, odd, "" if numbers else _with_commas(values))


def _with_commas(values: pa.Array) -> str:
    """Return the first value with a comma where all are numbers like 1,5 or 1.000,5 or 1,500.5, else ""."""
    if not len(values) or not re.fullmatch(_WITH_COMMA, values[0].as_py()):
        return ""
    if not pa.compute.all(pa.compute.match_substring_regex(values, _WITH_COMMA)).as_py():
        return ""
    return next(iter(values.filter(pa.compute.match_substring(values, ","))[:1].to_pylist()), "")


def _no_numbers(values: pa.ChunkedArray) -> np.ndarray:
    """Return which values are no numbers: all, where too many of the first ones are none."""
    _, bad = try_numbers(values[:_FIRST])
    return np.arange(len(values)) if len(bad) > _FEW * _FIRST else try_numbers(values)[1]


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
