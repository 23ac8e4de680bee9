"""Users by the length of their history: a model may serve those it knows well and fail the others."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor


def length_groups(lengths: Tensor, longest: Sequence[int]) -> Iterator[tuple[str, Tensor]]:
    """Yield the name of each group that is not empty and the indices of its users.

    Args:
        longest: the longest history of each group but the last, which has no bound.

    Shapes:
        lengths: n int64, on the CPU.

    >>> [(name, who.tolist()) for name, who in length_groups(torch.tensor([1, 7, 5]), [5])]
    [('length_1-5', [0, 2]), ('length_6+', [1])]
    """
    bounds = sorted(set(longest))
    group = torch.bucketize(lengths, torch.tensor(bounds, dtype=lengths.dtype))
    for index, first in enumerate([1, *(bound + 1 for bound in bounds)]):
        (who,) = torch.nonzero(group == index, as_tuple=True)
        if len(who):
            last = f"-{bounds[index]}" if index < len(bounds) else "+"
            yield f"length_{first}{last}", who
