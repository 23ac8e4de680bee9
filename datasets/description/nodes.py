"""The forms of a node type: counted from 0, listed in a table, or known from the edges alone."""

from typing import Annotated, Any, Literal

from pydantic import Field, PositiveInt, model_validator

from datasets.description.section import ColumnName, Section, form, form_by_key
from datasets.description.tables import TableSection

Token = Annotated[str, Field(min_length=1)]


class Features(Section):
    """A node type's feature rows: from a file, or embeddings learnt along meta-paths, side by side."""

    file: str | None = None
    format: Literal["sparse", "dense"] = "sparse"
    normalise: Literal["row", "none"] = "row"
    metapath2vec: dict[str, tuple[Token, ...]] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Features":
        if (self.file is None) == (self.metapath2vec is None):
            raise ValueError("give either 'file' or 'metapath2vec'")
        return self


class CountedNodes(Section):
    """Nodes that their files number from 0: how many, and their features, if any."""

    count: PositiveInt
    features: Features | None = None


class Column(Section):
    """What a column is taken for, and of categories or words, how many are kept, the most frequent.

    In a description `price: numeric` is short for `price: {kind: numeric}`.
    """

    kind: Literal["numeric", "categorical", "text"]
    most: PositiveInt = 1000

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value


class TableNodes(TableSection):
    """Nodes that a table lists, a row each: the column of their ids, and those that become features.

    `unlisted` says what is done with ids that edges name and the table does not list: refuse the data, drop
    those edges, or add nodes that nothing else is known of.
    """

    id: ColumnName
    columns: dict[ColumnName, Column] = Field(default_factory=dict)
    unlisted: Literal["refuse", "drop", "add"] = "refuse"

    @model_validator(mode="after")
    def _id_is_no_feature(self) -> "TableNodes":
        if self.id in self.columns:
            raise ValueError(f"column {self.id!r} is the id; leave it out of columns")
        return self


class EdgeNodes(Section):
    """Nodes without a table: the ids that the edges name."""

    ids: Literal["edges"]


Nodes = Annotated[
    Annotated[CountedNodes, form(CountedNodes)]
    | Annotated[TableNodes, form(TableNodes)]
    | Annotated[EdgeNodes, form(EdgeNodes)],
    form_by_key({"table": TableNodes, "ids": EdgeNodes}, CountedNodes),
]
