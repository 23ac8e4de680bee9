"""The forms of a relation: a list of numbered pairs, or a table with a column of ids for either end."""

from typing import Annotated

from pydantic import Field, model_validator

from datasets.description.section import ColumnName, Section, form, form_by_key
from datasets.description.tables import TableSection


class EdgeList(Section):
    """One `source target` pair of numbers a line, counted from 0."""

    source: str
    target: str
    file: str


class EdgeTable(TableSection):
    """A table, a row an edge; a row without one of its ids is none.

    `where` keeps the rows that have the given text in the given column, for a table of several relations.
    """

    source: str
    target: str
    source_column: ColumnName
    target_column: ColumnName
    where: dict[ColumnName, ColumnName] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _columns_differ(self) -> "EdgeTable":
        if self.source_column == self.target_column:
            raise ValueError("source_column and target_column must be two columns")
        return self


Relation = Annotated[
    Annotated[EdgeList, form(EdgeList)] | Annotated[EdgeTable, form(EdgeTable)],
    form_by_key({"table": EdgeTable}, EdgeList),
]
