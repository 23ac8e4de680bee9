"""Tables of text: CSV, TSV and RecBole's atomic files, nearly always with a header line."""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

from core.errors import UserError

_SEPARATORS = {".csv": ",", ".tsv": "\t", ".inter": "\t"}
_OTHERS = (",", ";", "\t", "|")
_BLOCK = 1 << 20


class DelimitedFile:
    """A table of text; every value stays the text that it is.

    The suffix decides the separator unless one is given. A RecBole `.inter` file has a type behind every column's
    name (`user_id:token`), which is dropped, and knows no quotes. Without a header the columns are called "1",
    "2", ... Raises UserError where the file cannot be read.
    """

    def __init__(self, path: Path, separator: str | None = None, header: bool = True) -> None:
        self.path = path
        self._separator = separator or _SEPARATORS[path.suffix.lower()]
        self._atomic = path.suffix.lower() == ".inter"
        self._first = next((fields for _, fields in self._lines()), [])
        self._skipped = int(header)
        self.names = (
            [self._name(field) for field in self._first]
            if header
            else [str(number) for number in range(1, len(self._first) + 1)]
        )
        """The columns' names, in the order of the file."""
        if not self._first:
            raise UserError(f"{path}: holds no line; the first one must name the columns")

    def columns(self, names: Sequence[str]) -> list[pa.ChunkedArray]:
        """Return these columns as text, blanks around values removed, null where nothing is left.

        Raises UserError naming the line that has not one field a column, never closes a quote, or is not UTF-8.
        """
        if not self._atomic:
            self._check_quotes()
        places = [self.names.index(name) for name in names]
        numbered = [str(place) for place in range(len(self.names))]
        wanted = [numbered[place] for place in places]
        try:
            table = pa.csv.read_csv(
                self.path,
                pa.csv.ReadOptions(column_names=numbered),
                pa.csv.ParseOptions(
                    delimiter=self._separator,
                    quote_char=False if self._atomic else '"',
                    newlines_in_values=not self._atomic,
                ),
                pa.csv.ConvertOptions(column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted),
            )
        except (pa.ArrowInvalid, OSError) as error:
            raise self._explain(str(error)) from error
        texts = [pa.compute.utf8_trim_whitespace(table.column(place).slice(self._skipped)) for place in wanted]
        return [pa.compute.if_else(pa.compute.equal(text, ""), None, text) for text in texts]

    def place(self, row: int) -> str:
        """Return where row number `row` (from 0, the header not counted) stands. Reads the file once more."""
        for number, (line, _) in enumerate(self._lines()):
            if number == row + self._skipped:
                return f"line {line}"
        return f"row {row + 1}"

    def _reference(self) -> str:
        return "the header names" if self._skipped else "the first line has"

    def _name(self, field: str) -> str:
        return field.strip().partition(":")[0] if self._atomic else field.strip()

    def _lines(self, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
        """Yield the (last) line number and the fields of every row that is not empty."""
        quoting: Literal[0, 3] = csv.QUOTE_NONE if self._atomic else csv.QUOTE_MINIMAL
        line = 0
        try:
            with self.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
                reader = csv.reader(stream, delimiter=self._separator, quoting=quoting, strict=strict)
                for fields in reader:
                    line = reader.line_num
                    if fields:
                        yield line, fields
        except FileNotFoundError as error:
            raise UserError(f"{self.path}: no such file") from error
        except OSError as error:
            raise UserError(f"{self.path}: cannot be read as a table: {error}") from error
        except csv.Error as error:
            raise UserError(f"{self.path}, line {line + 1}: a stray or unclosed quote ({error}); mend it") from error

    def _check_quotes(self) -> None:
        """Refuse a quote that is never closed: it would swallow all the rows behind it, silently."""
        with self.path.open("rb") as stream:
            quotes = sum(block.count(b'"') for block in iter(partial(stream.read, _BLOCK), b""))
        if quotes % 2:  # reading row by row is slow, and almost never needed
            deque(self._lines(strict=True), maxlen=0)

    def _explain(self, reason: str) -> UserError:
        """Return the error that names the first bad line. Reads line by line: only ever called on a bad file."""
        for line, fields in self._lines():
            if len(fields) != len(self._first):
                return UserError(
                    f"{self.path}, line {line}: {len(fields)} fields where {self._reference()} {len(self._first)} "
                    "columns; mend the line, or give the right separator (of a log, data.separator)"
                )
            if any(_is_broken(field) for field in fields):
                return UserError(f"{self.path}, line {line}: is not UTF-8; convert the file to UTF-8")
        return UserError(f"{self.path}: cannot be read as a table: {reason}")


def likely_separator(path: Path) -> str | None:
    """Return what parts the first line of a text table that lacks its suffix's separator; None where it does not."""
    if len(DelimitedFile(path).names) > 1:
        return None
    found = {one: len(DelimitedFile(path, one).names) for one in _OTHERS}
    best = max(found, key=lambda one: found[one])
    return best if found[best] > 1 else None


def _is_broken(field: str) -> bool:
    """Say whether `field` has bytes that were no UTF-8."""
    return any("\udc80" <= letter <= "\udcff" for letter in field)
