"""What every epoch measured, kept in memory and as `metrics.csv`."""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from core.atomic import write_text

Row = dict[str, float | int]

RATE = "lr/"
"""Before an optimiser's name: the column of its learning rate."""


def is_bookkeeping(name: str) -> bool:
    """Return whether a column says how an epoch went, not what it measured."""
    return name in ("epoch", "seconds") or name.startswith(RATE)


class History:
    """Rows of numbers, one an epoch; with a `path` each is appended to a CSV file at once.

    A column may appear late (a metric that is validated every tenth epoch): the file is then rewritten.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.rows: list[Row] = []
        self._path = path
        self._columns: list[str] = []

    def append(self, row: Mapping[str, float | int]) -> None:
        """Add the row of the next epoch."""
        self.rows.append(dict(row))
        new = [name for name in row if name not in self._columns]
        self._columns += new
        if self._path is None:
            return
        if new:
            self._rewrite(self._path)
        else:
            with self._path.open("a", encoding="utf-8", newline="") as file:
                self._writer(file).writerow(row)

    def restore(self, rows: Sequence[Mapping[str, float | int]]) -> None:
        """Become these rows; what the file holds beyond them (a killed run's last epochs) is cut."""
        self.rows = [dict(row) for row in rows]
        self._columns = list(dict.fromkeys(name for row in self.rows for name in row))
        if self._path is not None:
            self._rewrite(self._path)

    def sync(self) -> None:
        """Flush the file to disk."""
        if self._path is not None and self._path.exists():
            with self._path.open("a", encoding="utf-8") as file:
                os.fsync(file.fileno())

    def column(self, name: str) -> tuple[list[int], list[float]]:
        """Return the epochs in which `name` was measured, and its values."""
        measured = [row for row in self.rows if name in row]
        return [int(row["epoch"]) for row in measured], [float(row[name]) for row in measured]

    def columns(self) -> list[str]:
        """Return the names of all columns in the order of their first appearance."""
        return list(self._columns)

    def _writer(self, file: TextIO) -> "csv.DictWriter[str]":
        return csv.DictWriter(file, self._columns, lineterminator="\n")

    def _rewrite(self, path: Path) -> None:
        text = io.StringIO(newline="")
        writer = self._writer(text)
        writer.writeheader()
        writer.writerows(self.rows)
        write_text(path, text.getvalue())


def read_history(path: Path) -> History:
    """Return the history that a CSV file holds (not attached to the file); an absent file is an empty one."""
    history = History()
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        history.restore(
            [
                {name: int(text) if name == "epoch" else float(text) for name, text in row.items() if text}
                for row in rows
            ]
        )
    return history
