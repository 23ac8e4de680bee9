"""Edge lists: one `source target` pair of ids a line, parted by comma, tab or spaces."""

from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import UserError
from datasets.readers.pairs import distinct_pairs


def read_edges(path: Path, num_sources: int, num_targets: int) -> np.ndarray:
    """Return the edges as int64, 2 x E, sorted by source then target, each once.

    Raises UserError naming file and line where a line is not two ids from 0 to `num_sources` - 1 and
    `num_targets` - 1.
    """
    sizes = (num_sources, num_targets)
    try:
        table = pd.read_csv(path, sep=_separator(path), header=None, dtype=np.int64, engine="c")
    except (OSError, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise _explain(path, sizes, str(error)) from error
    if table.shape[1] != 2:
        raise _explain(path, sizes, f"{table.shape[1]} columns")
    pairs = table.to_numpy()
    if (pairs < 0).any() or (pairs >= np.array(sizes)).any():
        raise _explain(path, sizes, "an id out of range")
    return distinct_pairs(pairs[:, 0], pairs[:, 1], num_targets)


def _separator(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as lines:
        first = next((line for line in lines if line.strip()), "")
    return "," if "," in first else "\t" if "\t" in first.strip() else r"\s+"


def _explain(path: Path, sizes: tuple[int, int], reason: str) -> UserError:
    """Return the error that names the first bad line. Reads line by line: only ever called on a bad file."""
    if not path.is_file():
        return UserError(f"{path}: no such file")
    separator = _separator(path)
    split_at = None if separator == r"\s+" else separator
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            problem = _line_problem(line.strip().split(split_at), sizes)
            if problem:
                return UserError(f"{path}, line {number}: {problem}")
    return UserError(f"{path}: cannot be read as an edge list ({reason})")


def _line_problem(fields: list[str], sizes: tuple[int, int]) -> str | None:
    if len(fields) != 2:
        return f"expected two ids, found {len(fields)} columns: {' '.join(fields)[:80]!r}"
    for field, size, end in zip(fields, sizes, ("source", "target")):
        try:
            value = int(field)
        except ValueError:
            return f"{end} id {field!r} is no integer"
        if not 0 <= value < size:
            return f"{end} id {value} is not from 0 to {size - 1}; mend the line or the node count"
    return None
