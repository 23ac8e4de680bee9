"""Packed batches: sequences end to end in one vector, without padding."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class PackedSequences:
    """B sequences of T items altogether.

    The lengths stay on the host: every shape that a batch needs follows from them, and asking the device for one
    would make it wait.

    Shapes:
        items: T int64, on any device; lengths: B int64, on the CPU, their sum is T.
    """

    items: Tensor
    lengths: Tensor

    @property
    def count(self) -> int:
        """B, the number of sequences."""
        return self.lengths.shape[0]

    @cached_property
    def offsets(self) -> Tensor:
        """Where each sequence begins, and T at the end: B + 1, on the CPU."""
        return torch.cat([self.lengths.new_zeros(1), self.lengths.cumsum(0)])

    @cached_property
    def rows(self) -> Tensor:
        """The sequence that each item belongs to: T, on the CPU."""
        return torch.repeat_interleave(torch.arange(self.count), self.lengths, output_size=self.items.shape[0])

    @cached_property
    def positions(self) -> Tensor:
        """Each item's place in its sequence, from 0: T, on the CPU."""
        return torch.arange(self.items.shape[0]) - self.offsets[self.rows]

    def to(self, device: torch.device | str) -> "PackedSequences":
        """Return the same with the items on a device."""
        return PackedSequences(self.items.to(device, non_blocking=True), self.lengths)


def pack(items: Tensor, starts: Tensor, lengths: Tensor) -> PackedSequences:
    """Cut slices out of a long vector: sequence b is ``items[starts[b] : starts[b] + lengths[b]]``.

    Shapes:
        items: any length, on any device; starts, lengths: B int64, on the CPU.
    """
    total = int(lengths.sum())
    before = lengths.cumsum(0) - lengths
    index = torch.arange(total) + torch.repeat_interleave(starts - before, lengths, output_size=total)
    return PackedSequences(items[index.to(items.device, non_blocking=True)], lengths)


def join(parts: list[PackedSequences]) -> PackedSequences:
    """Return all the parts' sequences, in order."""
    return PackedSequences(torch.cat([part.items for part in parts]), torch.cat([part.lengths for part in parts]))


def budget_batches(lengths: Tensor, budget: int) -> list[Tensor]:
    """Part sequences into batches of similar length, at most ``budget`` items each; a longer one stands alone.

    Shapes:
        lengths: n int64 -> index tensors that together hold 0..n-1 once, the shortest sequences first.

    >>> [part.tolist() for part in budget_batches(torch.tensor([3, 1, 2, 6]), budget=4)]
    [[1, 2], [0], [3]]
    """
    order = torch.argsort(lengths, stable=True)
    ends = lengths[order].cumsum(0)
    sizes = []
    start, used = 0, 0
    while start < len(order):
        # One search a batch; the batches are few, the sequences many.
        stop = max(int(torch.searchsorted(ends, used + budget, right=True)), start + 1)
        sizes.append(stop - start)
        start, used = stop, int(ends[stop - 1])
    return list(order.split(sizes))
