"""The nearest nodes or items of one that is named, for several requests at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from core.errors import closest
from core.neighbors import Search, nearest_others
from core.serving.problems import UnknownIdError

Neighbors = list[tuple[str, float]]
"""Names and cosines, nearest first."""


@dataclass(frozen=True)
class Nearby:
    """A question: whose neighbours, and how many."""

    name: str
    top: int


class Neighborhood:
    """Embeddings with names, and a search over them.

    Args:
        ids: raw ids, in the order of the search's vectors.
        search: exact, or an index; by cosine.
    """

    def __init__(self, ids: np.ndarray, search: Search) -> None:
        self._names: list[str] = ids.astype(str).tolist()
        self._rows = {name: row for row, name in enumerate(self._names)}
        self._search = search

    def find_together(self, questions: Sequence[Nearby]) -> list[Neighbors | Exception]:
        """Return the neighbours for every question, by one search, or UnknownIdError."""
        rows = [self._rows[one.name] for one in questions if one.name in self._rows]
        lists: Iterator[tuple[list[int], list[float]]] = iter(())
        if rows:
            found = nearest_others(self._search, torch.tensor(rows), max(one.top for one in questions))
            lists = zip(found.rows.tolist(), found.nearness.tolist(), strict=True)
        return [
            self._named(*next(lists), one.top) if one.name in self._rows else self._unknown(one.name)
            for one in questions
        ]

    def _named(self, rows: list[int], cosines: list[float], top: int) -> Neighbors:
        return [(self._names[row], cosine) for row, cosine in zip(rows[:top], cosines[:top], strict=True)]

    def _unknown(self, name: str) -> UnknownIdError:
        return UnknownIdError(f"no node or item {name!r} among the {len(self._names)}{closest(name, self._names)}")
