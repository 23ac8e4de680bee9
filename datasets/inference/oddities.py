"""Tables and columns that are not taken for what their author will have meant, and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute

from core.errors import UserError
from datasets.inference.naming import is_id, speaks_of, type_of_file
from datasets.inference.node_tables import is_named
from datasets.inference.profiles import ColumnProfile, TableProfile
from datasets.inference.references import MOST, are_numbers, find_references, ids_of, is_called_alike, share_of_ids
from datasets.inference.schema import EdgeGuess, NodeGuess
from datasets.readers.node_table import open_node_table

_NEARLY_ALL = 0.9
_ALIKE_NUMBERS = 0.8


def ill_understood(tables: Sequence[TableProfile], nodes: Mapping[str, NodeGuess]) -> Iterator[str]:
    """Yield a warning for every table and column that nearly are what their names say."""
    listed = [node.table for node in nodes.values()]
    for table in tables:
        spoilt = _spoilt_ids(table) if table not in listed else ""
        if spoilt:
            yield f"{table.path.name} is no table of nodes: {spoilt}"
    for table in tables:
        yield from (f"{table.path.name}: {odd}" for odd in unfit_ids(table, nodes))


def why_unused(table: TableProfile, nodes: Mapping[str, NodeGuess]) -> str:
    """Return why a table gives neither nodes nor relations."""
    spoilt = _spoilt_ids(table)
    if spoilt:
        return spoilt
    for odd in unfit_ids(table, nodes):
        return odd
    found = find_references(table, nodes)
    if len(found) == 1:
        return f"{found[0].column} names a {found[0].name}, but no other column is called an id"
    if not table.header:
        return (
            "the first line looks like a row, and columns without names tell nothing; add a line of names, or name the "
            "file after both types that it joins, such as paper_author"
        )
    return (
        "no two columns are ids: called id, named after a table, or with the ids of one that are no numbers; perhaps "
        "name the file after both types, such as paper_author"
    )


def unfit_ids(table: TableProfile, nodes: Mapping[str, NodeGuess]) -> Iterator[str]:
    """Yield what is wrong with each column that is called like the ids of a type whose table has others."""
    for column in table.columns.values():
        for node in nodes.values():
            if node.table is None or (node.table is table and column.name == node.id) or not len(column.values):
                continue
            called = is_called_alike(column.name, node) or (is_id(column.name) and speaks_of(column.name, node.name))
            if called and share_of_ids(column.values, ids_of(node)) < MOST:
                yield f"{column.name} is called like the ids of {node.name}, but {_compared(column, ids_of(node))}"


def maybe_the_same(edges: Iterable[EdgeGuess], nodes: Mapping[str, NodeGuess]) -> Iterator[str]:
    """Yield the relations between two types, one of which has no table, that seem to be one type: persons and friends.

    Text that stands in both columns tells; of numbers, nearly all have to.
    """
    for edge in edges:
        kept, other = sorted((edge.source, edge.target), key=lambda name: nodes[name].table is None)
        if kept == other or nodes[other].table is not None or nodes[kept].table is edge.table:
            continue
        first, second = (edge.table.columns[name].values for name in (edge.source_column, edge.target_column))
        shared = int(pa.compute.sum(pa.compute.is_in(first, value_set=second)).as_py() or 0)
        if are_numbers(first):
            alike = shared >= _ALIKE_NUMBERS * (len(first) + len(second) - shared)
        else:
            alike = shared >= MOST * min(len(first), len(second))
        if alike:
            remedy = f"'{'target' if other == edge.target else 'source'}: {kept}' in relations.{edge.name}"
            yield (
                f"{edge.table.path.name}: {shared:,} ids stand both in {edge.source_column} and in "
                f"{edge.target_column}; if {other} and {kept} are one type, write {remedy} and drop nodes.{other}"
            )


def _spoilt_ids(table: TableProfile) -> str:
    """Return why a column that is called like the ids of the table's nodes is none, though nearly, else ""."""
    name = type_of_file(table.path.stem)
    for column in table.columns.values():
        if is_named(column, name) and not column.is_unique and len(column.values) >= _NEARLY_ALL * column.rows:
            try:
                open_node_table(
                    table.path, column.name, separator=table.separator, header=table.header, key=f"nodes.{name}"
                )
            except UserError as error:
                return str(error).removeprefix(str(table.path)).lstrip(":, ")
    return ""


def _compared(column: ColumnProfile, ids: pa.Array) -> str:
    listed = pa.compute.is_in(column.values, value_set=ids)
    here = column.values.filter(pa.compute.invert(listed))[0].as_py()[:40]
    known = int(pa.compute.sum(listed).as_py() or 0)
    return f"{known:,} of its {len(column.values):,} values are: here {here}, there {ids[0].as_py()[:40]}"
