"""Relations: tables whose rows join two nodes, and columns of a node table that name another node."""

from collections.abc import Mapping

from datasets.inference.kinds import TEXT_WORDS
from datasets.inference.naming import is_id, is_kind, is_label, relation_of_file, type_of_id
from datasets.inference.profiles import ColumnProfile, TableProfile
from datasets.inference.references import Reference, find_references
from datasets.inference.schema import EdgeGuess, NodeGuess

_SHARED = 0.9
_MOST_KINDS = 8


def edges_of_node_table(node: NodeGuess, nodes: Mapping[str, NodeGuess]) -> list[EdgeGuess]:
    """Return a relation for each column of a node table that names another node.

    Columns called ids of a type without a table are such columns as well if rows share their values.
    """
    table = node.table
    if table is None:
        return []
    references = find_references(table, nodes, [node.id])
    taken = {node.id, *(reference.column for reference in references)}
    others = [
        _without_table(column)
        for column in table.columns.values()
        if column.name not in taken
        and is_id(column.name)
        and type_of_id(column.name) not in ("", node.name, *_with_table(nodes))
        and 2 <= len(column.values) <= _SHARED * (column.rows - column.missing)
    ]
    ends = sorted([*references, *others], key=lambda one: list(table.columns).index(one.column))
    return [
        EdgeGuess(
            f"{node.name}-{type_of_id(end.column) or end.name}",
            node.name,
            end.name,
            table,
            node.id,
            end.column,
            f"{end.column}: {end.why}",
        )
        for end in ends
    ]


def edges_of_table(table: TableProfile, nodes: Mapping[str, NodeGuess]) -> list[EdgeGuess]:
    """Return the relations of a table that lists no nodes: one, or one for each kind that a column names.

    It needs two columns of ids. With more, the first one's nodes are joined to each other one's. Empty where there
    are no two.
    """
    ends = _ends(table, nodes)
    kinds = _kind_column(table, {end.column for end in ends})
    taken = {end.column for end in ends} | ({kinds.name} if kinds else set())
    unused = [name for name in table.columns if name not in taken]
    base, found = relation_of_file(table.path.stem), []
    for first, second in ((ends[0], other) for other in ends[1:]):
        name = base if len(ends) == 2 else f"{base}-{second.name}"
        why = f"{first.column}: {first.why}; {second.column}: {second.why}"
        for kind in kinds.values.to_pylist() if kinds else [None]:
            found.append(
                EdgeGuess(
                    name if kind is None else f"{name}-{kind}",
                    first.name,
                    second.name,
                    table,
                    first.column,
                    second.column,
                    why,
                    {} if kind is None or kinds is None else {kinds.name: kind},
                    unused,
                )
            )
    return found


def _ends(table: TableProfile, nodes: Mapping[str, NodeGuess]) -> list[Reference]:
    """Return the columns whose nodes a row joins, two or more, in the table's order, else nothing."""
    found = find_references(table, nodes)
    for may_be_end in (_is_called_id, _comes_early):
        if len(found) < 2 and table.header:
            names = {reference.column for reference in found}
            rest = [column for column in table.columns.values() if column.name not in names]
            found += [_without_table(column) for column in rest if may_be_end(column, table, nodes)]
    return sorted(found, key=lambda end: list(table.columns).index(end.column)) if len(found) > 1 else []


def _is_called_id(column: ColumnProfile, table: TableProfile, nodes: Mapping[str, NodeGuess]) -> bool:
    return is_id(column.name) and type_of_id(column.name) not in ("", *_with_table(nodes)) and not column.is_constant


def _comes_early(column: ColumnProfile, table: TableProfile, nodes: Mapping[str, NodeGuess]) -> bool:
    """Say whether a column may be an end since it is one of the first two, and neither numbers nor long text."""
    early = column.name in list(table.columns)[:2]
    named = type_of_id(column.name) not in ("", *nodes) and not is_label(column.name)
    return early and named and not column.numbers and column.words < TEXT_WORDS


def _kind_column(table: TableProfile, taken: set[str]) -> ColumnProfile | None:
    for column in table.columns.values():
        few = 2 <= len(column.values) <= _MOST_KINDS and not column.missing and not column.numbers
        if column.name not in taken and few and is_kind(column.name):
            return column
    return None


def _without_table(column: ColumnProfile) -> Reference:
    return Reference(column.name, type_of_id(column.name), f"ids of {type_of_id(column.name)}, which has no table")


def _with_table(nodes: Mapping[str, NodeGuess]) -> list[str]:
    return [name for name, node in nodes.items() if node.table is not None]
