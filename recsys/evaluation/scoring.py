"""What every ranking needs: tiles of users x items, the pairs that users have seen, and finite numbers."""

from collections.abc import Iterator

import torch
from torch import Tensor

from core.errors import UserError
from datasets.packing import PackedSequences

TILE_ENTRIES = 2**19
"""Scores held at a time, whatever the number of users and items: 4 MiB of float64, which keep to a cache."""


def spans(count: int, size: int, first: int = 0) -> Iterator[slice]:
    """Yield slices that cover ``first .. count - 1``, at most ``size`` each."""
    for start in range(first, count, size):
        yield slice(start, min(start + size, count))


def rows_per_tile(block: int) -> int:
    """Return how many users make a tile with ``block`` items."""
    return max(1, TILE_ENTRIES // block)


def seen_pairs(seen: PackedSequences, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the row and the item of every interaction, by row; repeated ones carry item 0, the padding.

    Shapes:
        two of T int64, on ``device``.
    """
    seen = seen.to(device)
    rows, items = seen.rows, seen.items
    # Two stable sorts order by (row, item) without a combined key, which a large catalogue could overflow.
    by_item = items.argsort(stable=True)
    order = by_item[rows[by_item].argsort(stable=True)]
    rows, items = rows[order], items[order]
    repeated = (rows[1:] == rows[:-1]) & (items[1:] == items[:-1])
    items[1:].masked_fill_(repeated, 0)
    return rows, items


def largest_entry(table: Tensor) -> Tensor:
    """Return the largest absolute value in a table, on its device, without a copy of it; NaN if there is one."""
    return torch.stack(torch.aminmax(table)).abs().amax()


def check_finite(numbers: Tensor) -> None:
    """Raise UserError if any of the numbers is NaN or infinite; the one place where ranking makes a device wait."""
    if not bool(numbers.isfinite().all()):
        raise UserError(
            "the scores hold NaN or infinite numbers: training has diverged; "
            "try a smaller step such as --set optimizer.lr=1e-4, or --set trainer.clip_norm=1"
        )
