"""What was understood of a folder of tables: node types, relations, target, labels, and what is not used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datasets.inference.kinds import ColumnGuess
from datasets.inference.profiles import TableProfile


@dataclass(frozen=True, eq=False)
class NodeGuess:
    """A node type: its table and the column of ids, or neither where only edges name its nodes.

    `strangers` says that edges name ids which the table does not list.
    """

    name: str
    why: str
    table: TableProfile | None = None
    id: str = ""
    columns: Sequence[ColumnGuess] = ()
    strangers: str = ""


@dataclass(frozen=True, eq=False)
class EdgeGuess:
    """A relation: its table, the columns of both ends, and the rows it takes."""

    name: str
    source: str
    target: str
    table: TableProfile
    source_column: str
    target_column: str
    why: str
    where: Mapping[str, str] = field(default_factory=dict)
    unused: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class LabelGuess:
    """Where the classes stand: a column of the target's table, or of a `table` of its own with the column `id`."""

    column: str
    classes: int
    smallest: int
    table: TableProfile | None = None
    id: str = ""


@dataclass(frozen=True, eq=False)
class Schema:
    """All that was understood; `unused` files come with the reason.

    `warnings` say what was probably meant otherwise, `notes` what may have been.
    """

    nodes: Mapping[str, NodeGuess]
    edges: Sequence[EdgeGuess]
    target: str
    target_why: str
    labels: LabelGuess | None
    split: str | None
    unused: Mapping[str, str]
    warnings: Sequence[str] = ()
    notes: Sequence[str] = ()
