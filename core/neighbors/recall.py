"""How much of what an exact search finds another search finds, too, and how long both take."""

import statistics
import time
from dataclasses import dataclass

import torch
from torch import Tensor

from core.errors import UserError
from core.neighbors.exact import ExactSearch
from core.neighbors.search import Found, Search, nearest_others

ROUNDING = 1e-6
"""Nearness that two ways of computing it may differ by."""
_BATCH = 16
"""Queries that are asked at once."""


@dataclass(frozen=True)
class Recall:
    """What was measured: `value` is recall@`k` over so many queries, the seconds those of a query among 16."""

    value: float
    k: int
    queries: int
    seconds: float
    exact_seconds: float

    @property
    def speedup(self) -> float:
        """How many times as long the exact search takes."""
        return self.exact_seconds / self.seconds


def measure_recall(search: Search, exact: ExactSearch, k: int, queries: int = 1000) -> Recall:
    """Look for the `k` nearest others of some of the vectors, drawn at random, both ways.

    A found vector counts if it is as near as the k-th of the exact search, to rounding: of several equally near ones
    any will do. Raises UserError where there are no others.
    """
    if len(exact) < 2:
        raise UserError("recall needs two vectors or more")
    rows = torch.randperm(len(exact), generator=torch.Generator().manual_seed(0))[:queries]
    truth, exact_seconds = _timed(exact, rows, k)
    found, seconds = _timed(search, rows, k)
    nearness = (exact.vectors_of(rows)[:, None] * exact.vectors_of(found.rows)).sum(dim=2)
    share = (nearness >= truth.nearness[:, -1:] - ROUNDING).double().mean()
    return Recall(float(share), truth.rows.shape[1], len(rows), seconds, exact_seconds)


def _timed(search: Search, rows: Tensor, k: int) -> tuple[Found, float]:
    """Return what is found, and the seconds of a query: the median over small batches."""
    nearest_others(search, rows[:1], k)
    parts, seconds = [], []
    for batch in rows.split(_BATCH):
        started = time.perf_counter()
        parts.append(nearest_others(search, batch, k))
        seconds.append((time.perf_counter() - started) / len(batch))
    return Found(*(torch.cat(one) for one in zip(*parts, strict=True))), statistics.median(seconds)
