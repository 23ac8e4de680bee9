"""The rank of one item among all, by counting: nothing is sorted, and no users x items matrix is kept."""

import torch
from torch import Tensor

from datasets.packing import PackedSequences
from recsys.evaluation.scoring import TILE_ENTRIES, check_finite, largest_entry, rows_per_tile, seen_pairs, spans

_BLOCK = 1024
"""Items a block, by default, beside some five hundred users."""


@torch.no_grad()
def target_ranks(
    vectors: Tensor,
    table: Tensor,
    targets: Tensor,
    *,
    seen: PackedSequences | None = None,
    block: int | None = None,
) -> Tensor:
    """Return each target's pessimistic rank: how many items score at least as high as it, itself included.

    A tie counts against the target, so that a model which scores everything alike gets the last rank, not the
    first. Scores are dot products in float64. Since the sum behind an entry of a matrix product is ordered as the
    processor likes, two equal scores may come out a rounding error apart; the comparison allows for the largest
    such error there can be, so that ranks do not depend on the block size, the batch or the device.

    Args:
        seen: a sequence for each user, the items that are not ranked; the target always is.
        block: items a block.

    Shapes:
        vectors: B x d; table: (1 + items) x d, its row 0 is the padding and is not ranked;
        targets: B int64 in 1..items -> B int64, from 1 (the best).

    Raises:
        UserError: when a vector or an item holds NaN or an infinite number.
    """
    block = block or _BLOCK
    largest = largest_entry(table[1:]).double()
    ranks = torch.zeros_like(targets)
    lowest = torch.empty_like(targets, dtype=torch.float64)
    for row in spans(len(vectors), rows_per_tile(block)):
        users = vectors[row].double()
        lowest[row] = _lowest_equal(users, table[targets[row]].double(), largest)
        for column in spans(len(table), block, first=1):
            scores = users @ table[column].double().T
            ranks[row] += (scores >= lowest[row, None]).sum(dim=1, dtype=torch.int32)
    if seen is not None:
        ranks -= _seen_above(vectors, table, targets, lowest, seen)
    check_finite(lowest)
    return ranks


def _lowest_equal(users: Tensor, items: Tensor, largest: Tensor) -> Tensor:
    """Return the lowest score that may be equal to that of each user's own item, were it not for rounding."""
    # A sum of d products in any order errs by less than d * 2^-53 * sum_i |u_i v_i|; two such sums are compared,
    # and a factor of two covers the products of higher order.
    error = users.shape[1] * 2**-51 * users.abs().sum(dim=1) * largest
    return (users * items).sum(dim=1) - error


def _seen_above(vectors: Tensor, table: Tensor, targets: Tensor, lowest: Tensor, seen: PackedSequences) -> Tensor:
    """Count each user's different seen items, but for the target, that score at least as high as the target."""
    rows, items = seen_pairs(seen, vectors.device)
    counts = torch.zeros_like(targets)
    for part in spans(len(rows), max(1, TILE_ENTRIES // vectors.shape[1])):
        row, item = rows[part], items[part]
        above = (vectors[row].double() * table[item].double()).sum(dim=1) >= lowest[row]
        counts.index_add_(0, row, (above & (item != 0) & (item != targets[row])).long())
    return counts
