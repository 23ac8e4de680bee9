"""What the tables behind a graph look like: columns and their gaps, rows without ids, repeated edges, unlisted ids."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from datasets.assembly.population import GraphTables, Population
from datasets.description import EdgeTable, FileGraph, LabelColumn, SplitColumn, TableNodes
from datasets.inference.kinds import guess_kind
from datasets.inference.profiles import ColumnProfile, profile_as
from datasets.inspection.findings import FactTable, counted, percent, plural
from datasets.readers.edge_table import EdgeRows
from datasets.readers.pairs import distinct_pairs


def column_facts(description: FileGraph, folder: Path) -> tuple[list[FactTable], list[str]]:
    """Return the columns of the node tables, what each is taken for and how it is filled; and what is odd about it.

    No table where there are no node tables.
    """
    rows, warnings = [], []
    for name, node in description.nodes.items():
        if not isinstance(node, TableNodes):
            continue
        table = profile_as(folder / node.table, node.separator, header=node.header)
        roles = _roles(description, name, node)
        for column in table.columns.values():
            role, guess = roles.get(column.name, "-"), guess_kind(column)
            missing = guess.missing if role == "-" else column.gaps if role == "numeric" else column.missing
            share, about = percent(missing / column.rows), guess.note if role != "id" else ""
            rows.append((name, column.name, role, counted(len(column.values)), share, about))
            warnings += [f"{node.table}, {column.name}: {odd}" for odd in _odd(column, role, missing)]
    columns = ("type", "column", "taken as", "distinct", "missing", "")
    return [FactTable("Columns of the node tables", columns, rows, (3, 4))] if rows else [], warnings


def edge_table_warnings(description: FileGraph, tables: GraphTables) -> Iterator[str]:
    """Yield what looks wrong with the rows of the edge tables."""
    for name, edges in tables.rows.items():
        spec = description.relations[name]
        table = spec.table if isinstance(spec, EdgeTable) else ""
        # A node's own row may well name no other node; a row of edges should name both.
        if edges.without_id and not _is_of_nodes(description, name):
            yield f"{table}: {plural(edges.without_id, 'row')} without an id on one side, left out of {name}"
        repeated = len(edges.rows) - _distinct(edges)
        if repeated:
            yield f"{table}: {plural(repeated, 'row')} that repeat an edge of {name}; each edge counts once"
        for end, ids in ((spec.source, edges.sources), (spec.target, edges.targets)):
            yield from _unlisted(description, tables.people, end, ids, table)


def _roles(description: FileGraph, name: str, node: TableNodes) -> dict[str, str]:
    """Return what the description takes a column for."""
    roles = {column: spec.kind for column, spec in node.columns.items()} | {node.id: "id"}
    for relation, edges in description.relations.items():
        if isinstance(edges, EdgeTable) and edges.table == node.table and edges.target_column != node.id:
            roles[edges.target_column] = f"edge {relation}"
    if name == description.target:
        for role, part in (("label", description.labels), *(("split", one) for one in description.splits.values())):
            if isinstance(part, LabelColumn | SplitColumn) and part.table is None:
                roles[part.column] = role
    return roles


def _odd(column: ColumnProfile, role: str, missing: int) -> Iterator[str]:
    if column.is_constant and role != "id":
        value = f"the same value in every row ({column.values[0].as_py()[:40]})" if len(column.values) else "empty"
        yield value + ("" if role == "-" else "; it says nothing")
    elif missing > column.rows / 2 and role != "-":
        yield f"{percent(missing / column.rows)} of the rows have no value"
    if column.with_commas and role in ("-", "numeric"):
        yield f"numbers with commas, such as {column.with_commas}; write 1.5, not 1,5, to use it as numeric"
    elif column.no_number is not None and role in ("-", "numeric"):
        place, count = column.no_number
        yield f"numbers, but for {plural(count, 'value')}, the first on {place}; mend them to use it as numeric"


def _is_of_nodes(description: FileGraph, relation: str) -> bool:
    """Say whether a relation is a column of its source's own table."""
    edges = description.relations[relation]
    node = description.nodes[edges.source]
    if not isinstance(edges, EdgeTable) or not isinstance(node, TableNodes):
        return False
    return (node.table, node.id) == (edges.table, edges.source_column)


def _distinct(edges: EdgeRows) -> int:
    sources, targets = (
        ids.dictionary_encode().indices.to_numpy().astype(np.int64) for ids in (edges.sources, edges.targets)
    )
    return distinct_pairs(sources, targets, int(targets.max()) + 1).shape[1]


def _unlisted(
    description: FileGraph, people: Mapping[str, Population], end: str, ids: pa.Array, table: str
) -> Iterator[str]:
    node, nodes = description.nodes[end], people[end]
    if not isinstance(node, TableNodes) or nodes.table is None:
        return
    strange = ids.filter(pa.array(Population.of(nodes.table.ids).positions(ids) < 0))
    if len(strange):
        done = {"drop": "such rows are left out", "add": "they become nodes without features"}.get(node.unlisted, "")
        found, first = plural(len(strange.unique()), f"{end} id"), strange[0].as_py()
        yield f"{table}: {found} not in {node.table}, such as {first} ({plural(len(strange), 'row')}); {done}"
