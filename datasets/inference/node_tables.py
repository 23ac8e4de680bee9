"""Which tables of a folder list nodes, and by which column."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute

from datasets.inference.kinds import TEXT_WORDS
from datasets.inference.naming import is_id, is_label, type_of_file, type_of_id
from datasets.inference.profiles import ColumnProfile, TableProfile
from datasets.inference.references import MOST, find_references, share_of_ids
from datasets.inference.schema import NodeGuess

_PLACE_TO_ITSELF = "a value of its own in every row"


def find_node_tables(tables: Sequence[TableProfile]) -> dict[str, NodeGuess]:
    """Return the node types that have a table, in the order of the tables.

    A table lists nodes if a column has a value of its own in every row, and is called id or after the file. If no
    column is, the first one may be it, unless its values are the ids of nodes found so far. Numbers need a witness:
    another table that repeats them in a column of the same name.
    """
    found: dict[str, NodeGuess] = {}

    def by_place(table: TableProfile, so_far: dict[str, NodeGuess]) -> NodeGuess | None:
        return _by_place(table, so_far, [other for other in tables if other is not table])

    for guess_from in (_by_name, by_place):
        for table in tables:
            taken = [node.table for node in found.values()]
            guess = None if table in taken else guess_from(table, found)
            if guess is not None and guess.name not in found:
                found[guess.name] = guess
    places = {table.path: number for number, table in enumerate(tables)}
    return dict(sorted(found.items(), key=lambda entry: places[entry[1].table.path] if entry[1].table else 0))


def _by_name(table: TableProfile, found: dict[str, NodeGuess]) -> NodeGuess | None:
    file_type = type_of_file(table.path.stem)
    for column in table.columns.values():
        if column.is_unique and is_named(column, file_type):
            return NodeGuess(file_type, f"{column.name} has {_PLACE_TO_ITSELF}", table, column.name)
    return None


def is_named(column: ColumnProfile, file_type: str) -> bool:
    """Say whether a column is called id, or after the type of its file."""
    named = type_of_id(column.name)
    return named == file_type or (named == "" and is_id(column.name))


def _may_be_end(column: ColumnProfile) -> bool:
    """Say whether the second of two columns may name other nodes: short texts that rows share."""
    short = not column.numbers and column.words < TEXT_WORDS
    return short and not column.is_unique and not is_label(column.name)


def _by_place(table: TableProfile, found: dict[str, NodeGuess], others: Sequence[TableProfile]) -> NodeGuess | None:
    first, *rest = table.columns.values()
    if not first.is_unique or not table.header:
        return None
    if any(reference.column == first.name for reference in find_references(table, found)):
        return None
    why = f"{first.name}, the first column, has {_PLACE_TO_ITSELF}"
    if is_id(first.name):
        return NodeGuess(type_of_id(first.name), why, table, first.name)
    if not rest or (len(rest) == 1 and _may_be_end(rest[0])) or (first.numbers and not _is_repeated(first, others)):
        return None
    return NodeGuess(type_of_file(table.path.stem), why, table, first.name)


def _is_repeated(key: ColumnProfile, others: Sequence[TableProfile]) -> bool:
    """Say whether a table repeats the values of a column in one of the same name, leading zeros aside.

    They are easily lost, which should be told of the ids of nodes.
    """
    columns = [other.columns[key.name] for other in others if key.name in other.columns]
    ids = _without_zeros(key.values)
    return any(not one.is_unique and share_of_ids(_without_zeros(one.values), ids) >= MOST for one in columns)


def _without_zeros(values: pa.Array) -> pa.Array:
    return pa.compute.utf8_ltrim(values, "0")
