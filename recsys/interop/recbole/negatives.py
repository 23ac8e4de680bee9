"""One item that a user has not had, for models that compare pairs of items."""

import torch
from torch import Tensor

from datasets import SequenceDataset
from datasets.leave_one_out import training_lengths
from datasets.packing import pack


class NegativeSampler:
    """Draws uniformly among the items that a user has not had in training, without trying in vain.

    A user's k-th free item is found by a binary search: below the user's i-th item s_i (from 0, in order) lie
    s_i - 1 - i free ones, and these counts grow with i.
    """

    def __init__(self, dataset: SequenceDataset) -> None:
        starts, lengths = torch.from_numpy(dataset.offsets[:-1]), torch.from_numpy(dataset.lengths)
        log = pack(torch.from_numpy(dataset.items), starts, training_lengths(lengths))
        self._num_items = dataset.num_items
        self._stride = dataset.num_items + 1
        pairs = torch.unique(log.rows * self._stride + log.items)
        users, items = pairs // self._stride, pairs % self._stride
        self._counts = torch.bincount(users, minlength=dataset.num_users)
        self._starts = self._counts.cumsum(0) - self._counts
        free_below = items - 1 - (torch.arange(len(items)) - self._starts[users])
        self._keys = users * self._stride + free_below

    def draw(self, users: Tensor) -> Tensor:
        """Return an item for each user, by torch's global generator; of a user who has had all, one of those.

        Shapes:
            users: B int64, rows of the log, on the CPU -> B int64 in 1..num_items.
        """
        free = (self._num_items - self._counts[users]).clamp(min=1)
        place = (torch.rand(len(users), dtype=torch.float64) * free).long()
        taken_below = torch.searchsorted(self._keys, users * self._stride + place, right=True) - self._starts[users]
        return (place + taken_below + 1).clamp(max=self._num_items)
