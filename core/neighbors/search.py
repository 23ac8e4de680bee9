"""What searching for near vectors is, whoever does it."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from core.errors import UserError, closest

Measure = Literal["cosine", "dot"]
"""How near two vectors are: the cosine of their angle (0 where one of them is zero), or their product."""


class Found(NamedTuple):
    """The nearest vectors of Q queries, nearest first.

    Shapes:
        rows: Q x k int64, numbers of the searched vectors; nearness: Q x k float32, by the search's measure.
    """

    rows: Tensor
    nearness: Tensor


class Search(Protocol):
    """N vectors that can be searched."""

    measure: Measure

    def __len__(self) -> int:
        """Return N."""

    def vectors_of(self, rows: Tensor) -> Tensor:
        """Return the vectors with these numbers, n int64 -> n x d, as queries; by cosine their length is free."""

    def search(self, queries: Tensor, k: int) -> Found:
        """Return the `k` nearest of the vectors, or all N where there are fewer.

        Shapes:
            queries: Q x d.
        """


def nearest_others(search: Search, rows: Tensor, k: int) -> Found:
    """Return the `k` vectors nearest to each of some of them, or all others where there are fewer, itself left out.

    Shapes:
        rows: Q int64.
    """
    k = min(k, len(search) - 1)
    found = search.search(search.vectors_of(rows), k + 1)
    # Itself goes to the end, or the last one does where it was not found, as among many equal ones.
    other = found.rows != rows[:, None].to(found.rows.device)
    order = torch.argsort(other.long(), dim=1, descending=True, stable=True)[:, :k]
    return Found(found.rows.gather(1, order), found.nearness.gather(1, order))


def check_finite(vectors: Tensor) -> None:
    """Raise UserError if there is NaN or an infinite number among the vectors."""
    if not bool(vectors.isfinite().all()):
        raise UserError("the vectors hold NaN or infinite numbers, so that nothing is near: training has diverged")


def row_of(ids: np.ndarray, name: str, place: str) -> int:
    """Return the row of the id, of N, that reads `name`.

    Raises UserError with the closest ids where there is none; `place` says where the ids come from.
    """
    (found,) = np.nonzero(ids.astype(str) == name)
    if not len(found):
        texts: Sequence[str] = ids.astype(str).tolist()
        raise UserError(f"no node or item {name!r} among the {len(texts)} of {place}{closest(name, texts)}")
    return int(found[0])
