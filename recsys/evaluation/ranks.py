"""The rank of one item among all, by counting: nothing is sorted, and no users x items matrix is kept."""

import torch
from torch import Tensor

from datasets.packing import PackedSequences
from recsys.evaluation.scoring import TILE_ENTRIES, check_finite, largest_entry, rows_per_tile, seen_pairs, spans

_BLOCK = 512
"""Items a block, by default, beside one or two thousand users."""
_MOST = 2**24
"""Up to so many, ones add up exactly in float32."""
_LARGEST = 1e30
"""Scores below it are far from float32's largest number."""
_LONGEST = 2**16
"""Up to so many dimensions the bound of float32's error holds with a hundredth to spare."""
_ROWS = 2**14


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
    such error there can be, so that ranks do not depend on the block size, the batch or the device. On a CPU,
    float32 decides wherever its own largest error leaves no doubt, and float64 in the rest.

    Args:
        seen: a sequence for each user, the items that are not ranked; the target always is.
        block: items a block.

    Shapes:
        vectors: B x d; table: (1 + items) x d, its row 0 is the padding and is not ranked;
        targets: B int64 in 1..items -> B int64, from 1 (the best).

    Raises:
        UserError: when a vector or an item holds NaN or an infinite number.
    """
    block = min(block or _BLOCK, _MOST)
    largest = largest_entry(table[1:]).double()
    slack = _single_precision_error(vectors, table)
    ranks = torch.zeros_like(targets)
    lowest = torch.empty_like(targets, dtype=torch.float64)
    # Numbers of half the size make tiles of the same size with twice as many users.
    rows = rows_per_tile(block) * (1 if slack is None else 2)
    for row in spans(len(vectors), rows):
        users = vectors[row].double()
        lowest[row] = _lowest_equal(users, table[targets[row]].double(), largest)
        for column in spans(len(table), block, first=1):
            if slack is None:
                ranks[row] += _count(users @ table[column].double().T, lowest[row])
            else:
                ranks[row] += _count_by_single(vectors[row], table[column], lowest[row], slack[row])
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


def _single_precision_error(vectors: Tensor, table: Tensor) -> Tensor | None:
    """Return how far each user's float32 scores can be from the exact ones, B; None where float64 has to do it all.

    That is on CUDA, where asking for the doubtful rows would make the device wait for every block, for numbers that
    are not float32 or come near its end, for very long vectors, and where PyTorch may multiply with fewer digits than
    float32 has.
    """
    exact = torch.get_float32_matmul_precision() == "highest" and not torch.is_autocast_enabled("cpu")
    single = vectors.dtype == table.dtype == torch.float32
    if vectors.device.type != "cpu" or not exact or not single or vectors.shape[1] > _LONGEST:
        return None
    lengths, longest = _lengths(vectors), _lengths(table[1:]).amax()
    if not bool(lengths.amax() * longest < _LARGEST):
        return None
    # A sum of d products errs by d * 2^-24 * |u| |v|, the rounding of what it is compared with by another few. What is
    # below the smallest normal number, 2^-126, may count as nothing: a product, or an entry on either side of one.
    underflow = vectors.shape[1] * 2**-126 * (1 + lengths + longest)
    return 1.01 * (vectors.shape[1] + 4) * 2**-24 * lengths * longest + underflow


def _lengths(rows: Tensor) -> Tensor:
    """Return the length of each row in float64, without a copy of all rows in it."""
    parts = [torch.linalg.vector_norm(part, dim=1, dtype=torch.float64) for part in rows.split(_ROWS)]
    return torch.cat(parts)


def _count_by_single(vectors: Tensor, items: Tensor, lowest: Tensor, slack: Tensor) -> Tensor:
    """Count the scores that reach `lowest`; rows with a score that float32 cannot place are counted in float64."""
    scores = vectors @ items.T
    possible, counts = _count(scores, (lowest - slack).float()), _count(scores, (lowest + slack).float())
    doubtful = (possible != counts).nonzero().squeeze(1)
    if len(doubtful):
        counts[doubtful] = _count(vectors[doubtful].double() @ items.double().T, lowest[doubtful])
    return counts


def _count(scores: Tensor, least: Tensor) -> Tensor:
    """Return how many scores of each row are not less than `least`."""
    # Comparisons kept as numbers add up several times as fast as booleans do.
    return torch.ge(scores, least[:, None], out=torch.empty_like(scores)).sum(dim=1).long()


def _seen_above(vectors: Tensor, table: Tensor, targets: Tensor, lowest: Tensor, seen: PackedSequences) -> Tensor:
    """Count each user's different seen items, but for the target, that score at least as high as the target."""
    rows, items = seen_pairs(seen, vectors.device)
    counts = torch.zeros_like(targets)
    for part in spans(len(rows), max(1, TILE_ENTRIES // vectors.shape[1])):
        row, item = rows[part], items[part]
        above = (vectors[row].double() * table[item].double()).sum(dim=1) >= lowest[row]
        counts.index_add_(0, row, (above & (item != 0) & (item != targets[row])).long())
    return counts
