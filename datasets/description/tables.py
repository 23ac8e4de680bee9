"""What the sections that read a table of a graph share: the file, how it is laid out, and ids by column name."""

from pathlib import PurePosixPath
from typing import Annotated

from pydantic import BeforeValidator, model_validator

from datasets.description.section import ColumnName, Section, Separator
from datasets.readers.table import TABLES


def _table_suffix(value: object) -> object:
    if isinstance(value, str) and PurePosixPath(value).suffix.lower() not in TABLES:
        raise ValueError(f"{value!r} is none of {', '.join(TABLES)}")
    return value


TableName = Annotated[str, BeforeValidator(_table_suffix)]
"""A table's file, seen from the description."""


class TableSection(Section):
    """A table with a line of column names, unless `header` is false: then columns are called 1, 2, ...

    `separator` is one character; by default the file's suffix decides.
    """

    table: TableName
    separator: Separator | None = None
    header: bool = True


class TargetColumn(Section):
    """A column that says something of every target node; empty cells say nothing.

    It stands in the target's own table, unless another `table` is named, with the column that holds the `id`.
    """

    column: ColumnName
    table: TableName | None = None
    id: ColumnName | None = None
    separator: Separator | None = None

    @model_validator(mode="after")
    def _table_and_id(self) -> "TargetColumn":
        if (self.table is None) != (self.id is None):
            raise ValueError("a table other than the target's needs both 'table' and 'id'")
        if self.table is None and self.separator is not None:
            raise ValueError("the separator of the target's own table is given there")
        return self
