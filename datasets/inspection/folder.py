"""A folder of tables, as a graph."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import yaml

from datasets.assembly import graph_from_files
from datasets.assembly.population import read_tables
from datasets.description import FileGraph, check_description
from datasets.inference import Schema, infer_schema
from datasets.inference.log_columns import looks_like_time
from datasets.inference.writing import PathChoice, graph_yaml
from datasets.inspection.findings import FactTable, Inspection, plural
from datasets.inspection.graph_facts import graph_warnings, label_facts, node_facts, relation_facts
from datasets.inspection.path_facts import SizedPath, path_facts, sized_paths
from datasets.inspection.table_facts import column_facts, edge_table_warnings
from datasets.inspection.wishes import GraphWishes, relative_to


def inspect_folder(folder: Path, wishes: GraphWishes, beside: Path) -> Inspection:
    """Return what the tables of a folder say as a graph, and its description, to lie in the folder `beside`.

    Raises UserError where they say none, and for what cannot be read as it seems to be meant.
    """
    schema = infer_schema(folder, wishes.target, wishes.label)
    here = graph_yaml(schema, lambda path: path.name, [], wishes.most_steps)
    description = check_description(yaml.safe_load(here), str(folder))
    if not isinstance(description, FileGraph):
        raise TypeError("the tables of a folder make a graph of files")
    read = read_tables(description, folder)
    dataset = graph_from_files(folder.name, description, folder, read)
    paths = sized_paths(dataset, wishes.most_steps)
    columns, odd_columns = column_facts(description, folder)
    tables = [_files(schema), *columns, node_facts(dataset), relation_facts(dataset)]
    tables += [path_facts(paths, f"Meta-paths of at most {plural(wishes.most_steps, 'step')}"), *label_facts(dataset)]
    warnings = [*schema.warnings, *odd_columns, *edge_table_warnings(description, read), *graph_warnings(dataset)]
    if all(one.verdict for one in paths):
        warnings.append("no meta-path is good; another --target, or more --steps, may give some")
    written = graph_yaml(schema, lambda path: relative_to(beside, path), _choices(paths), wishes.most_steps)
    return Inspection(
        f"{folder}: a graph of {plural(len(schema.nodes), 'node type')}; target {schema.target}: {schema.target_why}",
        tables,
        warnings,
        [*schema.notes, *_notes(schema, folder)],
        written,
    )


def _notes(schema: Schema, folder: Path) -> Iterator[str]:
    """Yield which columns of edge tables are not used, and which of the tables are logs as well."""
    unused = {edge.table.path.name: [edge.table.columns[name] for name in edge.unused] for edge in schema.edges}
    for file, columns in unused.items():
        if columns:
            yield f"{file}: {', '.join(column.name for column in columns)} not used; edges have no attributes"
    for file, columns in unused.items():
        if any(looks_like_time(column) for column in columns):
            command = f"python run.py inspect {shlex.quote(str(folder / file))}"
            yield f"{file} may also be read as an interaction log: {command}"


def _files(schema: Schema) -> FactTable:
    """Return what every file was taken for, and why."""
    rows = []
    for node in schema.nodes.values():
        if node.table is not None:
            rows.append((node.table.path.name, f"nodes: {node.name}", node.why))
    for edge in schema.edges:
        where = "".join(f" where {column} is {text}" for column, text in edge.where.items())
        rows.append((edge.table.path.name, f"edges: {edge.name} ({edge.source} to {edge.target}){where}", edge.why))
    if schema.labels is not None and schema.labels.table is not None:
        rows.append((schema.labels.table.path.name, f"labels of {schema.target}", f"column {schema.labels.column}"))
    rows += [(name, "not used", why) for name, why in schema.unused.items()]
    return FactTable("Files", ("file", "taken as", "why"), rows)


def _choices(paths: list[SizedPath]) -> list[PathChoice]:
    """Return the meta-paths to write down: those that are good, or all where none is."""
    good = any(not one.verdict for one in paths)
    return [
        PathChoice(one.path.name, one.tokens, one.verdict or one.summary, taken=not (good and one.verdict))
        for one in paths
    ]
