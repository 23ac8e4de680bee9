"""The form of an interaction log's description: where it lies, how it is laid out, what is kept of it."""

from pathlib import PurePosixPath
from typing import Any, Literal

from pydantic import Field, PositiveInt, model_validator

from datasets.description.section import ColumnName, Section, Separator, Sha256
from datasets.description.tables import TABLES

LINES = (".txt",)
_COLUMN_KEYS = ("user", "item", "time", "separator", "header", "missing")


class Table(Section):
    """How a log is read and filtered.

    `user`, `item` and `time` name columns (of a RecBole `.inter` file, without the type); without a time column
    (null) the rows of a user are taken to be in time order. `separator` is one character; by default the
    file's suffix decides. Without a `header`, a line of names, columns are called 1, 2, ... `min_interactions`
    keeps the largest part of the log in which every user and every item has that many. `duplicates: drop` keeps
    only the first interaction of a user with an item; `missing: drop` leaves rows out that lack a user, an item or
    a time, which are refused otherwise.
    """

    user: ColumnName = "user_id"
    item: ColumnName = "item_id"
    time: ColumnName | None = "timestamp"
    separator: Separator | None = None
    header: bool = True
    min_interactions: PositiveInt = 1
    duplicates: Literal["keep", "drop"] = "keep"
    missing: Literal["refuse", "drop"] = "refuse"

    @model_validator(mode="after")
    def _columns_differ(self) -> "Table":
        if len({self.user, self.item, self.time}) < 3:
            raise ValueError("user, item and time must be three different columns")
        return self


class Package(Section):
    """An installed Python package that ships the file: the extra of this project that brings it, and a folder."""

    name: str
    extra: str
    folder: str


class _Sequences(Section):
    title: str = ""
    kind: Literal["sequence"]
    citation: str = ""


class GeneratedSequences(_Sequences):
    """A log made in memory from a seed by one of `datasets.generators`."""

    generator: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class FileSequences(_Sequences):
    """A log read from one file: a user a line (`.txt`), or a table (`.csv`, `.tsv`, `.inter`, `.parquet`).

    It lies in `folder`, seen from the data root or from the description, or in an installed `package`. Where a
    public `home` offers it, it is downloaded, and must have its SHA-256 under `files`; else a checksum is
    checked where one is given.
    """

    home: str | None = None
    package: Package | None = None
    folder: str | None = None
    files: dict[str, Sha256] = Field(default_factory=dict)
    file: str
    table: Table = Table()

    @model_validator(mode="after")
    def _parts_agree(self) -> "FileSequences":
        if self.suffix not in LINES + TABLES:
            raise ValueError(f"file {self.file!r} is none of {', '.join(LINES + TABLES)}")
        if self.home is not None and self.package is not None:
            raise ValueError("give either 'home' or 'package'")
        if self.home is not None and self.file not in self.files:
            raise ValueError(f"{self.file} has no checksum under files")
        meaningless = sorted(self.table.model_fields_set & set(_COLUMN_KEYS)) if self.suffix in LINES else []
        if meaningless:
            raise ValueError(f"{self.file} has a user a line and no columns; leave out {', '.join(meaningless)}")
        return self

    @property
    def suffix(self) -> str:
        """The file's suffix in lower case, which says how it is read."""
        return PurePosixPath(self.file).suffix.lower()

    def used_files(self) -> list[str]:
        """Every file the description reads."""
        return [self.file]
