"""The nodes of every type and the edges between them: ids from tables become positions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute

from core.errors import UserError, closest
from datasets.description import CountedNodes, EdgeList, EdgeTable, FileGraph, TableNodes
from datasets.readers import read_edges
from datasets.readers.edge_table import EdgeRows, read_edge_rows
from datasets.readers.node_table import NodeTable, open_node_table
from datasets.readers.pairs import distinct_pairs


@dataclass(frozen=True, eq=False)
class Population:
    """The nodes of one type, N = `count` of them; the first are the rows of the `table`, if they have one.

    `names` (N,) are their ids as text, None where they are numbered from 0.
    """

    count: int
    names: pa.Array | None = None
    table: NodeTable | None = None

    @classmethod
    def of(cls, names: pa.Array, table: NodeTable | None = None) -> "Population":
        """Return the nodes with these names."""
        return cls(len(names), names, table)

    @cached_property
    def ids(self) -> pa.Array:
        """The ids as text, (N,)."""
        return pa.array(np.arange(self.count).astype(str)) if self.names is None else self.names

    def positions(self, texts: pa.Array) -> np.ndarray:
        """Return where the ids `texts` stand, int64 from 0, -1 for what is none of them."""
        found = pa.compute.index_in(texts, value_set=self.ids)
        return found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)


@dataclass(frozen=True, eq=False)
class GraphTables:
    """What the tables behind a graph hold: the `rows` of every relation that is one, and the nodes of every type."""

    rows: Mapping[str, EdgeRows]
    people: Mapping[str, Population]


def read_tables(description: FileGraph, folder: Path) -> GraphTables:
    """Read the ids of all nodes and edges. Raises UserError naming file and line where they do not fit together."""
    rows = _read_edge_tables(description, folder)
    return GraphTables(rows, _populate(description, folder, rows))


def _read_edge_tables(description: FileGraph, folder: Path) -> dict[str, EdgeRows]:
    """Return the rows of every relation that is a table."""
    return {
        name: read_edge_rows(
            folder / edges.table,
            edges.source_column,
            edges.target_column,
            where=edges.where,
            separator=edges.separator,
            header=edges.header,
            key=f"relations.{name}",
        )
        for name, edges in description.relations.items()
        if isinstance(edges, EdgeTable)
    }


def _populate(description: FileGraph, folder: Path, rows: Mapping[str, EdgeRows]) -> dict[str, Population]:
    """Return the nodes of every type; those known from edges alone in the order of their ids, shorter ones first."""
    people = {}
    for name, node in description.nodes.items():
        if isinstance(node, CountedNodes):
            people[name] = Population(node.count)
            continue
        named = [ids for relation, edges in rows.items() for ids in _ends(description, relation, edges, name)]
        if not isinstance(node, TableNodes):
            people[name] = Population.of(_in_order(named))
            continue
        table = open_node_table(
            folder / node.table, node.id, separator=node.separator, header=node.header, key=f"nodes.{name}"
        )
        listed = Population.of(table.ids, table)
        if node.unlisted == "add" and named:
            strange = _in_order([ids.filter(pa.array(listed.positions(ids) < 0)) for ids in named])
            listed = Population.of(pa.concat_arrays([table.ids, strange]), table)
        people[name] = listed
    return people


def edge_positions(description: FileGraph, folder: Path, tables: GraphTables) -> dict[str, np.ndarray]:
    """Return every relation's edges: int64, 2 x E, sorted by source then target, each once.

    Raises UserError naming file and line for an id of an edge that a table does not list, unless the description
    says what to do with it, and where no edge is left.
    """
    rows, people, found = tables.rows, tables.people, {}
    for name, edges in description.relations.items():
        source, target = people[edges.source], people[edges.target]
        if isinstance(edges, EdgeList):
            found[name] = read_edges(folder / edges.file, source.count, target.count)
            continue
        places = [
            _places(description, people, end, rows[name], ids)
            for end, ids in ((edges.source, rows[name].sources), (edges.target, rows[name].targets))
        ]
        both = (places[0] >= 0) & (places[1] >= 0)
        if not both.any():
            raise UserError(
                f"{folder / edges.table}: no row of relations.{name} joins a {edges.source} and a {edges.target} "
                "that their tables list; are these the right columns?"
            )
        found[name] = distinct_pairs(places[0][both], places[1][both], target.count)
    return found


def _places(
    description: FileGraph, people: Mapping[str, Population], end: str, edges: EdgeRows, ids: pa.Array
) -> np.ndarray:
    places, node = people[end].positions(ids), description.nodes[end]
    strange = np.flatnonzero(places < 0)
    if len(strange) and not (isinstance(node, TableNodes) and node.unlisted == "drop"):
        raw = ids[int(strange[0])].as_py()
        if isinstance(node, CountedNodes):
            raise UserError(f"{edges.place(strange[0])}: {end} {raw!r} is not from 0 to {node.count - 1}")
        table = node.table if isinstance(node, TableNodes) else ""
        raise UserError(
            f"{edges.place(strange[0])}: {table} lists no {end} {raw!r}{closest(raw, people[end].ids.to_pylist())} "
            f"({len(strange)} such rows; nodes.{end}.unlisted: drop leaves them out, add makes nodes of their ids)"
        )
    return places


def _ends(description: FileGraph, relation: str, edges: EdgeRows, name: str) -> list[pa.Array]:
    spec = description.relations[relation]
    return [ids for end, ids in ((spec.source, edges.sources), (spec.target, edges.targets)) if end == name]


def _in_order(parts: list[pa.Array]) -> pa.Array:
    """Return the ids that occur, each once, shorter text first, so that numbers come in their order."""
    ids = pa.concat_arrays(parts).unique()
    keys = pa.table({"length": pa.compute.utf8_length(ids), "text": ids})
    return ids.take(pa.compute.sort_indices(keys, [("length", "ascending"), ("text", "ascending")]))
