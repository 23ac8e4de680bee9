"""Which columns name classes of nodes, and which split nodes into train, valid and test."""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute

from core.errors import UserError, unknown_name
from datasets.description import PARTS
from datasets.inference.naming import is_label, is_split
from datasets.inference.profiles import ColumnProfile, TableProfile
from datasets.inference.references import find_references
from datasets.inference.schema import LabelGuess, NodeGuess
from datasets.readers.table import MISSING

MOST_CLASSES = 50


def find_labels(
    nodes: Mapping[str, NodeGuess], others: Sequence[TableProfile], column: str | None
) -> dict[str, LabelGuess]:
    """Return where the classes of a type stand, for every type that has any, by the `column` of that name if given.

    They stand in the type's own table, or in one of the `others` beside the ids of nodes. Raises UserError where
    no table has the column, or what it holds are no classes.
    """
    found: dict[str, LabelGuess] = {}
    for name, place in _places(nodes, others, column):
        guess = _guess(*place)
        if guess is not None:
            found.setdefault(name, guess)
    if column is not None and not found:
        names = {name for table in _tables(nodes, others) for name in table.columns}
        if column not in names:
            raise unknown_name("column", column, names)
        raise UserError(f"--label {column}: expected a column with 2 to {MOST_CLASSES} different values, by node")
    return found


def find_split(node: NodeGuess) -> str | None:
    """Return the column of a type's table that says train, valid or test, if there is one."""
    for column in node.table.columns.values() if node.table else ():
        spelled = {text.lower() for text in column.values[:10].to_pylist()}
        if is_split(column.name) and spelled and spelled <= PARTS.keys():
            return column.name
    return None


def _places(
    nodes: Mapping[str, NodeGuess], others: Sequence[TableProfile], named: str | None
) -> Iterator[tuple[str, tuple[ColumnProfile, TableProfile | None, str]]]:
    """Yield type, column, table and column of ids; the last two only of a table that is not the type's own."""

    def fits(column: str) -> bool:
        return column == named if named is not None else is_label(column)

    for node in nodes.values():
        for column in node.table.columns.values() if node.table else ():
            if column.name != node.id and fits(column.name):
                yield node.name, (column, None, "")
    for table in others:
        references = find_references(table, nodes)
        for column in table.columns.values():
            if len(references) == 1 and column.name != references[0].column and fits(column.name):
                yield references[0].name, (column, table, references[0].column)


def _guess(column: ColumnProfile, table: TableProfile | None, ids: str) -> LabelGuess | None:
    counts = column.counts[~pa.compute.is_in(column.values, pa.array(MISSING)).to_numpy(zero_copy_only=False)]
    if not 2 <= len(counts) <= MOST_CLASSES or len(counts) > column.rows / 2:
        return None
    return LabelGuess(column.name, len(counts), int(counts.min()), table, ids)


def _tables(nodes: Mapping[str, NodeGuess], others: Sequence[TableProfile]) -> Iterator[TableProfile]:
    yield from (node.table for node in nodes.values() if node.table)
    yield from others
