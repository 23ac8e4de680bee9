"""Which columns hold the ids of which node types, by their names and by their values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute

from datasets.inference.naming import singular, speaks_of, words_of
from datasets.inference.profiles import ColumnProfile, TableProfile
from datasets.inference.schema import NodeGuess

MOST = 0.5
"""The share of a column's distinct values that have to be ids of a type if its name speaks for that."""
_BY_VALUE = 0.95
_LEAST_VALUES = 3


@dataclass(frozen=True)
class Reference:
    """A column whose values are ids of the node type `name`."""

    column: str
    name: str
    why: str


def find_references(
    table: TableProfile, nodes: Mapping[str, NodeGuess], without: Sequence[str] = ()
) -> list[Reference]:
    """Return the columns of `table`, but for those `without`, that refer to nodes with a table, in its order.

    A column named after a type, or as the column of its ids is, refers to it if half of its distinct values are
    ids there; one with another name needs nearly all, and ids that are text, since whole numbers fit almost
    anything. The first two columns may also bear their types in the file's name: paper_author.tsv.
    """
    known = {name: ids_of(node) for name, node in nodes.items() if node.table is not None}
    spelled = _types_in(table.path.stem, known)
    found = []
    for place, column in enumerate(table.columns.values()):
        if column.name in without or not len(column.values):
            continue
        hint = spelled[place] if len(spelled) == 2 and place < 2 else None
        best = _best(column, hint, nodes, known)
        if best is not None:
            found.append(best)
    return found


def ids_of(node: NodeGuess) -> pa.Array:
    """Return the ids that a type's table lists."""
    return node.table.columns[node.id].values if node.table is not None else pa.array([], pa.string())


def _types_in(stem: str, known: Mapping[str, pa.Array]) -> list[str]:
    return [name for word in words_of(stem) if (name := singular(word)) in known]


def _best(
    column: ColumnProfile, hint: str | None, nodes: Mapping[str, NodeGuess], known: Mapping[str, pa.Array]
) -> Reference | None:
    shares = {name: share_of_ids(column.values, ids) for name, ids in known.items()}
    named = [name for name in shares if speaks_of(column.name, name) or is_called_alike(column.name, nodes[name])]
    named = sorted(named, key=lambda one: (-len(one), -shares[one])) or ([hint] if hint else [])
    for name in named:
        if shares[name] >= MOST:
            return Reference(column.name, name, f"ids of {name}, by name")
    others = [name for name in shares if not are_numbers(known[name]) and shares[name] >= _BY_VALUE]
    if others and len(column.values) >= _LEAST_VALUES:
        name = max(others, key=lambda one: (shares[one], -len(known[one])))
        return Reference(column.name, name, f"ids of {name}, by its values")
    return None


def is_called_alike(column: str, node: NodeGuess) -> bool:
    """Say whether a column has the very name of the column of a type's ids."""
    return column == node.id and column.lower() != "id"


def share_of_ids(values: pa.Array, ids: pa.Array) -> float:
    """Return the share of values that are ids."""
    return float(np.mean(pa.compute.is_in(values, value_set=ids).to_numpy(zero_copy_only=False)))


def are_numbers(ids: pa.Array) -> bool:
    """Say whether ids, judged by the first ones, are numbers, which fit almost anything."""
    return bool(pa.compute.all(pa.compute.match_substring_regex(ids[:1000], r"^[\d.]+$")).as_py())
