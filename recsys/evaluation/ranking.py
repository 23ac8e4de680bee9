"""What the protocol asks of a model: the ranks of the items that came next, and the best items of every user."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from datasets.leave_one_out import Examples


class Ranking(NamedTuple):
    """The catalogue, ranked for n examples.

    Shapes:
        ranks: n int64, each target's rank, 1 is the best;
        best: n x k int64, each example's k best items, best first, 0 where fewer are left;
        scores: n x k, theirs, -inf where fewer are left.
    """

    ranks: Tensor
    best: Tensor
    scores: Tensor


Rank = Callable[[Examples, int], Ranking]
"""Ranks the whole catalogue for examples, in their order; the second argument is k, which may be 0."""
