"""The best items of every user, by a running top-k over blocks of the catalogue."""

import torch
from torch import Tensor

from datasets.packing import PackedSequences
from recsys.evaluation.scoring import check_finite, largest_entry, rows_per_tile, seen_pairs, spans

_BLOCK = 8192
"""Items a block, by default: long rows, since finding the best of a row costs little more in a longer one."""


@torch.no_grad()
def top_items(
    vectors: Tensor,
    table: Tensor,
    k: int,
    *,
    seen: PackedSequences | None = None,
    block: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the numbers and scores of each user's k best items, best first.

    Scores are dot products in float64, as those of `target_ranks`. Which of several items with the same score
    stand at the end of the list is not specified.

    Args:
        seen: a sequence for each user, the items that are left out.
        block: items a block.

    Shapes:
        vectors: B x d; table: (1 + items) x d, its row 0 is the padding -> two of B x k, int64 and float64.
        Where a user has fewer than k items left, the rest is number 0 with score -inf.

    Raises:
        UserError: when a vector or an item holds NaN or an infinite number.
    """
    block = block or _BLOCK
    scores = vectors.new_full((len(vectors), k), -torch.inf, dtype=torch.float64)
    numbers = torch.zeros_like(scores, dtype=torch.long)
    rows, items = seen_pairs(seen, vectors.device) if seen is not None else (None, None)
    for row in spans(len(vectors), rows_per_tile(block)):
        users = vectors[row].double()
        for column in spans(len(table), block, first=1):
            tile = users @ table[column].double().T
            if seen is not None and rows is not None and items is not None:
                part = slice(int(seen.offsets[row.start]), int(seen.offsets[row.stop]))
                _hide(tile, rows[part] - row.start, items[part] - column.start)
            best, place = tile.topk(min(k, tile.shape[1]), dim=1, sorted=False)
            scores[row], numbers[row] = _merge(scores[row], numbers[row], best, place + column.start)
    numbers.masked_fill_(scores == -torch.inf, 0)
    check_finite(vectors.double().abs().sum(dim=1) * largest_entry(table[1:]))
    return numbers, scores


def _hide(tile: Tensor, rows: Tensor, columns: Tensor) -> None:
    """Set the pairs that lie in the tile to -inf, in place."""
    inside = (columns >= 0) & (columns < tile.shape[1])
    # Adding 0 for the others keeps every shape known, so that no device is asked how many lie inside.
    change = torch.where(inside, -torch.inf, 0.0).to(tile.dtype)
    tile.view(-1).index_add_(0, rows * tile.shape[1] + columns.clamp(0, tile.shape[1] - 1), change)


def _merge(scores: Tensor, numbers: Tensor, more: Tensor, their_numbers: Tensor) -> tuple[Tensor, Tensor]:
    joined, order = torch.cat([scores, more], dim=1).topk(scores.shape[1], dim=1)
    return joined, torch.cat([numbers, their_numbers], dim=1).gather(1, order)
