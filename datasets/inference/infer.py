"""From the tables of a folder to what they say as a graph."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, count
from pathlib import Path

import pyarrow as pa
import pyarrow.compute

from core.errors import UserError, unknown_name
from datasets.description import TABLES
from datasets.inference.edge_tables import edges_of_node_table, edges_of_table
from datasets.inference.kinds import guess_kind
from datasets.inference.labels import find_labels, find_split
from datasets.inference.node_tables import find_node_tables
from datasets.inference.oddities import ill_understood, maybe_the_same, unfit_ids, why_unused
from datasets.inference.profiles import TableProfile, profile_table
from datasets.inference.references import ids_of
from datasets.inference.schema import EdgeGuess, LabelGuess, NodeGuess, Schema


def infer_schema(folder: Path, target: str | None = None, label: str | None = None) -> Schema:
    """Return what the tables in `folder` (no deeper) say as a graph.

    `target` names the node type to embed, `label` the column of its classes; else both are looked for by name.
    Raises UserError where there is no table, no relation, or nothing of these names.
    """
    tables, unused = _profiles(folder)
    warnings = [f"{name} is not used: {why}" for name, why in unused.items() if Path(name).suffix.lower() in TABLES]
    nodes = find_node_tables(tables)
    edges, others = _edges(tables, nodes)
    unused |= {table.path.name: why_unused(table, nodes) for table in others}
    if not edges:
        lists = {
            node.table.path.name: "; ".join([f"nodes: {node.name}", *unfit_ids(node.table, nodes)])
            for node in nodes.values()
            if node.table
        }
        raise UserError(
            f"{folder}: no table joins nodes of two types; name columns of ids after the tables they come from "
            f"(customer_id and customers.csv), or write the description by hand{_listed(lists | unused)}"
        )
    nodes |= _known_from_edges(edges, nodes)
    edges = _named_apart(edges, nodes)
    labels = find_labels(nodes, others, label)
    chosen, why = _choose_target(nodes, edges, labels, target, label)
    own = labels.get(chosen)
    if own is not None and own.table is not None:
        unused.pop(own.table.path.name)
    split = find_split(nodes[chosen])
    taken = {own.column if own and not own.table else None, split}
    completed = [_completed(node, edges, taken if node.name == chosen else set()) for node in nodes.values()]
    return Schema(
        nodes={node.name: node for node in completed},
        edges=edges,
        target=chosen,
        target_why=why,
        labels=own,
        split=split,
        unused=unused,
        warnings=[*warnings, *ill_understood(tables, nodes)],
        notes=list(maybe_the_same(edges, nodes)),
    )


def _profiles(folder: Path) -> tuple[list[TableProfile], dict[str, str]]:
    """Return the tables, and the other files with the reason."""
    tables, unused = [], {}
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name.startswith("."):
            continue
        if path.suffix.lower() in (".yaml", ".yml"):
            continue  # a description, which may well be the one that is written now
        if path.suffix.lower() not in TABLES:
            unused[path.name] = f"none of {', '.join(TABLES)}"
            continue
        try:
            tables.append(profile_table(path))
        except UserError as error:
            unused[path.name] = str(error).removeprefix(str(path)).lstrip(":, ")
    if not tables:
        raise UserError(f"{folder}: holds no table that can be read{_listed(unused)}")
    return tables, unused


def _edges(
    tables: Sequence[TableProfile], nodes: Mapping[str, NodeGuess]
) -> tuple[list[EdgeGuess], list[TableProfile]]:
    """Return all relations, and the tables that give neither nodes nor relations."""
    edges, others = [edge for node in nodes.values() for edge in edges_of_node_table(node, nodes)], []
    listed = [node.table for node in nodes.values()]
    for table in tables:
        if table not in listed:
            found = edges_of_table(table, nodes)
            edges += found
            others += [] if found else [table]
    return edges, others


def _listed(unused: Mapping[str, str]) -> str:
    return "".join(f"\n  {name}: {why}" for name, why in unused.items())


def _known_from_edges(edges: Sequence[EdgeGuess], nodes: Mapping[str, NodeGuess]) -> dict[str, NodeGuess]:
    found: dict[str, NodeGuess] = {}
    for edge in edges:
        for end, column in ((edge.source, edge.source_column), (edge.target, edge.target_column)):
            if end not in nodes:
                found.setdefault(end, NodeGuess(end, f"no table; the values of {column} in {edge.table.path.name}"))
    return found


def _named_apart(edges: Sequence[EdgeGuess], nodes: Mapping[str, NodeGuess]) -> list[EdgeGuess]:
    """Return the relations under names that no type and no other relation has."""
    taken, found = set(nodes), []
    for edge in edges:
        numbered = (f"{edge.name}-{number}" for number in count(2))
        candidates = chain([edge.name, f"{edge.source}-{edge.target}"], numbered)
        name = next(name for name in candidates if name not in taken)
        taken.add(name)
        found.append(replace(edge, name=name))
    return found


def _choose_target(
    nodes: Mapping[str, NodeGuess],
    edges: Sequence[EdgeGuess],
    labels: Mapping[str, LabelGuess],
    target: str | None,
    label: str | None,
) -> tuple[str, str]:
    if target is not None:
        if target not in nodes:
            raise unknown_name("node type", target, nodes)
        if label is not None and target not in labels:
            raise UserError(f"--label {label}: holds no classes of {target}, but of {', '.join(labels)}")
        return target, "as given"
    for name in nodes:
        if name in labels:
            return name, f"{labels[name].column} looks like its classes" if label is None else f"it has {label}"
    degree = {name: sum(name in (edge.source, edge.target) for edge in edges) for name in nodes}
    sizes = {name: len(ids_of(node)) for name, node in nodes.items()}
    best = max(nodes, key=lambda name: (degree[name], sizes[name]))
    return best, f"it is in most relations ({degree[best]})"


def _completed(node: NodeGuess, edges: Sequence[EdgeGuess], taken: set[str | None]) -> NodeGuess:
    """Return a node type with the kinds of its columns, and what edges name that its table lacks."""
    if node.table is None:
        return node
    used = {node.id, *taken, *(edge.target_column for edge in edges if edge.table is node.table)}
    columns = [guess_kind(column) for column in node.table.columns.values() if column.name not in used]
    return replace(node, columns=columns, strangers=", ".join(dict.fromkeys(_strangers(node, edges))))


def _strangers(node: NodeGuess, edges: Sequence[EdgeGuess]) -> Iterator[str]:
    """Yield how many of the ids that a relation names a type's table lacks, for each relation where it does."""
    for edge in edges:
        for end, name in ((edge.source, edge.source_column), (edge.target, edge.target_column)):
            if end == node.name and (edge.table is not node.table or name != node.id):
                listed = pa.compute.is_in(edge.table.columns[name].values, ids_of(node))
                lacking = pa.compute.sum(pa.compute.invert(listed)).as_py() or 0
                if lacking:
                    yield f"{lacking:,} of the ids in {edge.table.path.name}"
