"""The leave-one-out split: a user's last item is the test's target, the one before it validation's.

Training takes every prefix of what is left; users with fewer than three items are kept whole for it and not evaluated.
Nothing is copied: an example is where its target stands in the log.
"""

import numpy as np
import torch
from torch import Tensor

from datasets.packing import PackedSequences, pack
from datasets.sequences import SequenceDataset


class Examples:
    """Pairs of a history and the item that followed it, as views on a log.

    User u offers ``counts[u]`` examples, whose targets stand at ``firsts[u]``, ``firsts[u] + 1``, ... in the log.

    Args:
        items: the log's items.
        offsets: where each user's items begin.
        firsts: place in the log of each user's first target.
        counts: how many targets in a row a user offers.
        max_length: of the inputs: the most recent items stay.

    Shapes:
        items: T; offsets, firsts, counts: U, all int64 on the CPU.
    """

    def __init__(self, items: Tensor, offsets: Tensor, firsts: Tensor, counts: Tensor, max_length: int) -> None:
        self._items = items
        self._offsets = offsets
        self._firsts = firsts
        self._counts = counts
        self._ends = counts.cumsum(0)
        self._starts = self._ends - counts
        self._max_length = max_length

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def of_users(self, rows: Tensor) -> "Examples":
        """Return the examples of these users (rows of the log) alone, in the log's order."""
        counts = torch.zeros_like(self._counts)
        counts[rows] = self._counts[rows]
        return Examples(self._items, self._offsets, self._firsts, counts, self._max_length)

    def users(self, numbers: Tensor) -> Tensor:
        """Return the users (rows of the log) of these examples."""
        return torch.searchsorted(self._ends, numbers, right=True)

    def targets(self, numbers: Tensor) -> Tensor:
        """Return the items to predict, on the log's device."""
        return self._items[self._places(numbers).to(self._items.device, non_blocking=True)]

    def lengths(self, numbers: Tensor | None = None) -> Tensor:
        """Return the inputs' lengths, of all examples by default."""
        numbers = torch.arange(len(self)) if numbers is None else numbers
        return (self._places(numbers) - self._offsets[self.users(numbers)]).clamp_(max=self._max_length)

    def inputs(self, numbers: Tensor) -> PackedSequences:
        """Return the items before the targets, at most ``max_length`` each."""
        lengths = self.lengths(numbers)
        return pack(self._items, self._places(numbers) - lengths, lengths)

    def history(self, numbers: Tensor) -> PackedSequences:
        """Return all the items before the targets, however many."""
        starts = self._offsets[self.users(numbers)]
        return pack(self._items, starts, self._places(numbers) - starts)

    def _places(self, numbers: Tensor) -> Tensor:
        users = self.users(numbers)
        return self._firsts[users] + numbers - self._starts[users]


def training_lengths(lengths: Tensor) -> Tensor:
    """Return how many of a user's first items take part in training examples, as input or target.

    Three items or more hold back the last two; a single one that is left has nothing to predict it from.

    Shapes:
        lengths: U int64, items of each user -> U int64.

    >>> training_lengths(torch.tensor([1, 2, 3, 4, 5])).tolist()
    [0, 2, 0, 2, 3]
    """
    seen = torch.where(lengths >= 3, lengths - 2, lengths)
    return torch.where(seen >= 2, seen, 0)


def training_examples(dataset: SequenceDataset) -> int:
    """Return how many training examples a log gives."""
    lengths = torch.from_numpy(np.diff(dataset.offsets))
    return int((training_lengths(lengths) - 1).clamp(min=0).sum())


class LeaveOneOut:
    """The three sets of examples of a log: ``train``, ``valid`` and ``test``.

    A user with n >= 3 items gives a test example, a validation example and n - 3 training examples; one with fewer
    gives n - 1 training examples and is not evaluated. Inputs are never empty.

    Args:
        dataset: the log.
        max_length: of the inputs.
        device: where items are gathered.
    """

    def __init__(self, dataset: SequenceDataset, max_length: int, device: torch.device | str = "cpu") -> None:
        items = torch.from_numpy(np.ascontiguousarray(dataset.items)).to(device)
        offsets = torch.from_numpy(np.ascontiguousarray(dataset.offsets))
        starts, lengths = offsets[:-1], offsets.diff()

        def examples(firsts: Tensor, counts: Tensor) -> Examples:
            return Examples(items, starts, firsts, counts.clamp(min=0), max_length)

        evaluated = (lengths >= 3).long()
        self.train = examples(starts + 1, training_lengths(lengths) - 1)
        self.valid = examples(starts + lengths - 2, evaluated)
        self.test = examples(starts + lengths - 1, evaluated)
