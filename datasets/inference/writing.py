"""A description as YAML to edit: what was understood, and beside every line why."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from datasets.inference.schema import EdgeGuess, LabelGuess, NodeGuess, Schema

_COMMENTS_FROM = 46
_PLAIN = re.compile(r"[^\W\d][\w./-]*(?: [\w./-]+)*")

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What YAML refuses, or takes for the end of a line."""

Line = tuple[str, str]
"""Text and comment, either of which may be empty."""

Naming = Callable[[Path], str]
"""How a file is called in the description."""


@dataclass(frozen=True)
class PathChoice:
    """A meta-path to write down: a note on its size, and whether it is taken or only shown, as a comment."""

    name: str
    tokens: Sequence[str]
    note: str
    taken: bool = True


def graph_yaml(schema: Schema, named: Naming, paths: Sequence[PathChoice], steps: int) -> str:
    """Return the description of a graph; without `paths` it takes all meta-paths of at most `steps` steps."""
    return _document([*_graph_lines(schema, named), *_path_lines(paths, steps), *_label_lines(schema, named)])


def log_yaml(file: str, table: Sequence[tuple[str, object, str]]) -> str:
    """Return the description of a log: its file, and key, value and comment for each line of its `table`."""
    return _document(
        [
            ("kind: sequence", ""),
            (f"file: {plain(file)}", ""),
            *([("table:", "")] if table else []),
            *((f"  {key}: {plain(value)}", note) for key, value, note in table),
        ]
    )


def plain(value: object) -> str:
    """Return a text, number, truth value or null as YAML, in quotes where YAML would read something else.

    >>> plain("customer_id"), plain("20"), plain("yes"), plain(None)
    ('customer_id', '"20"', '"yes"', 'null')
    """
    if isinstance(value, str) and _PLAIN.fullmatch(value) and yaml.safe_load(value) == value:
        return value
    return _UNPRINTABLE.sub(lambda letter: f"\\u{ord(letter[0]):04x}", json.dumps(value, ensure_ascii=False))


def _document(lines: Iterable[Line]) -> str:
    return "".join(f"{_with_comment(*line)}\n" for line in lines)


def _with_comment(text: str, comment: str) -> str:
    if not comment:
        return text.rstrip()
    shown = _UNPRINTABLE.sub(" ", comment)
    return f"{text:<{_COMMENTS_FROM - 1}} # {shown}" if text.strip() else f"{text}# {shown}"


def _graph_lines(schema: Schema, named: Naming) -> Iterator[Line]:
    yield "kind: graph", ""
    yield f"target: {plain(schema.target)}", schema.target_why
    yield "", ""
    yield "nodes:", ""
    for node in schema.nodes.values():
        yield from _node_lines(node, named)
    yield "", ""
    yield "relations:", ""
    for edge in schema.edges:
        yield from _edge_lines(edge, named)
    for file, why in schema.unused.items():
        yield "  ", f"{file} is not used: {why}"


def _node_lines(node: NodeGuess, named: Naming) -> Iterator[Line]:
    if node.table is None:
        yield f"  {plain(node.name)}: {{ids: edges}}", node.why
        return
    yield f"  {plain(node.name)}:", f"{node.table.rows:,} rows"
    yield f"    table: {plain(named(node.table.path))}", ""
    if node.table.separator is not None:
        yield f"    separator: {json.dumps(node.table.separator)}", ""
    if not node.table.header:
        yield "    header: false", "the first line looks like a row; columns are called 1, 2, ..."
    yield f"    id: {plain(node.id)}", node.why
    if node.strangers:
        yield "    unlisted: drop", f"not listed here: {node.strangers}; add makes nodes of them"
    if any(column.kind for column in node.columns):
        yield "    columns:", "numeric, categorical or text"
    for column in node.columns:
        if column.kind is None:
            yield "      ", f"{plain(column.name)} is left out: {column.note}"
        else:
            missing = f", {column.missing:,} missing" if column.missing else ""
            yield f"      {plain(column.name)}: {column.kind}", column.note + missing


def _edge_lines(edge: EdgeGuess, named: Naming) -> Iterator[Line]:
    unused = f"; not used: {', '.join(edge.unused)}" if edge.unused else ""
    yield f"  {plain(edge.name)}:", edge.why + unused
    yield f"    source: {plain(edge.source)}", ""
    yield f"    target: {plain(edge.target)}", ""
    yield f"    table: {plain(named(edge.table.path))}", ""
    if edge.table.separator is not None:
        yield f"    separator: {json.dumps(edge.table.separator)}", ""
    if not edge.table.header:
        yield "    header: false", "the first line looks like a row; columns are called 1, 2, ..."
    yield f"    source_column: {plain(edge.source_column)}", ""
    yield f"    target_column: {plain(edge.target_column)}", ""
    if edge.where:
        wanted = ", ".join(f"{plain(column)}: {plain(text)}" for column, text in edge.where.items())
        yield f"    where: {{{wanted}}}", ""


def _path_lines(paths: Sequence[PathChoice], steps: int) -> Iterator[Line]:
    yield "", ""
    if not paths:
        yield f"suggest: {steps}", "all meta-paths of at most that many steps"
        return
    yield "meta_paths:", ""
    for path in paths:
        text = f"{plain(path.name)}: [{', '.join(plain(token) for token in path.tokens)}]"
        if path.taken:
            yield f"  {text}", path.note
        else:
            yield "  ", f"{text}  left out: {path.note}"


def _label_lines(schema: Schema, named: Naming) -> Iterator[Line]:
    yield "", ""
    if schema.labels is None:
        yield "", "labels: {column: ...}   for an evaluation: the column that names the class of a node"
        return
    yield f"labels: {_label_place(schema.labels, named)}", _size(schema.labels)
    if schema.split is not None:
        yield "splits:", ""
        yield f"  given: {{column: {plain(schema.split)}}}", ""
        return
    sizes = [size for size in (20, 40, 60) if schema.labels.smallest >= 2 * size]
    drawn = [f'  "{size}": {{per_class: {size}}}' for size in sizes]
    drawn = drawn or (["  half: {share: 0.5}"] if schema.labels.smallest >= 4 else [])
    if drawn:
        yield "splits:", "labelled nodes to train a probe on; half of the others validate, half test"
    for line in drawn:
        yield line, ""


def _label_place(labels: LabelGuess, named: Naming) -> str:
    place = {"column": labels.column}
    if labels.table is not None:
        place |= {"table": named(labels.table.path), "id": labels.id}
        if labels.table.separator is not None:
            place["separator"] = labels.table.separator
    return "{" + ", ".join(f"{key}: {plain(value)}" for key, value in place.items()) + "}"


def _size(labels: LabelGuess) -> str:
    return f"{labels.classes} classes, the smallest of {labels.smallest:,} nodes"
