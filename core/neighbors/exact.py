"""The nearest vectors by comparing all of them, a block at a time."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from core.neighbors.search import Found, Measure, check_finite

_CACHED_ENTRIES, _DEVICE_ENTRIES = 2**18, 2**24
"""Similarities held at a time, whatever the number of queries and vectors: on a CPU 1 MiB of float32, which stays in
its cache, on other devices 64 MiB."""
_QUERIES = 16
"""At a time, where there are as many; the fewer they are, the more vectors make a tile."""


class ExactSearch:
    """Searches N vectors on their device, holding a tile of queries x vectors at a time.

    By cosine the vectors are brought to length 1 once, so that a query costs a product and a selection.

    Args:
        vectors: those that are searched.
        measure: what "near" means.
        block: vectors a tile [default: as suits the number of queries].

    Shapes:
        vectors: N x d.

    Raises:
        UserError: when the vectors hold NaN or an infinite number.
    """

    def __init__(self, vectors: Tensor, measure: Measure = "cosine", *, block: int | None = None) -> None:
        check_finite(vectors)
        self.measure = measure
        self._vectors = self._comparable(vectors)
        self._block = block

    def __len__(self) -> int:
        return len(self._vectors)

    def vectors_of(self, rows: Tensor) -> Tensor:
        """Return the vectors with these numbers, n -> n x d; by cosine they have length 1."""
        return self._vectors[rows.to(self._vectors.device)]

    @torch.no_grad()
    def search(self, queries: Tensor, k: int) -> Found:
        """Return the `k` nearest vectors of each query, or all N; which of several equally near ones end the list is
        not specified.

        Shapes:
            queries: Q x d.
        """
        k = min(k, len(self))
        asked = self._comparable(queries.to(self._vectors.device))
        entries = _CACHED_ENTRIES if asked.device.type == "cpu" else _DEVICE_ENTRIES
        block = self._block or entries // min(max(len(asked), 1), _QUERIES)
        parts = [self._best(part, k, block) for part in asked.split(max(1, entries // block))]
        return Found(*(torch.cat(one) for one in zip(*parts, strict=True)))

    def _best(self, queries: Tensor, k: int, block: int) -> Found:
        nearness = queries.new_empty(len(queries), 0)
        rows = nearness.long()
        for start, vectors in zip(range(0, len(self), block), self._vectors.split(block), strict=True):
            tile = queries @ vectors.T
            best, place = tile.topk(min(k, tile.shape[1]), dim=1, sorted=False)
            nearness, rows = torch.cat([nearness, best], dim=1), torch.cat([rows, place + start], dim=1)
            nearness, order = nearness.topk(min(k, nearness.shape[1]), dim=1)
            rows = rows.gather(1, order)
        return Found(rows, nearness)

    def _comparable(self, vectors: Tensor) -> Tensor:
        return normalize(vectors.float(), dim=1) if self.measure == "cosine" else vectors.float()
