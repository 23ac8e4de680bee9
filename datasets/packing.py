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
        """The sequence that each item belongs to: T, on the items' device."""
        return spread_rows(self._ends_and_lengths[1], self.items.shape[0])

    @cached_property
    def positions(self) -> Tensor:
        """Each item's place in its sequence, from 0: T, on the items' device."""
        ends, lengths = self._ends_and_lengths
        return torch.arange(self.items.shape[0], device=self.items.device) - (ends - lengths)[self.rows]

    @cached_property
    def _ends_and_lengths(self) -> Tensor:
        # B numbers go to the device; the T that follow from them are made there.
        return to_device(torch.stack([self.lengths.cumsum(0), self.lengths]), self.items.device)

    def to(self, device: torch.device | str) -> "PackedSequences":
        """Return the same with the items on a device."""
        return PackedSequences(self.items.to(device), self.lengths)


def pack(items: Tensor, starts: Tensor, lengths: Tensor) -> PackedSequences:
    """Cut slices out of a long vector: sequence b is ``items[starts[b] : starts[b] + lengths[b]]``.

    Shapes:
        items: any length, on any device; starts, lengths: B int64, on the CPU.
    """
    total = int(lengths.sum())
    shifts, sizes = to_device(torch.stack([starts - (lengths.cumsum(0) - lengths), lengths]), items.device)
    index = torch.arange(total, device=items.device) + shifts[spread_rows(sizes, total)]
    return PackedSequences(items[index], lengths)


def spread_rows(lengths: Tensor, total: int) -> Tensor:
    """Return 0, 1, ... each as often as ``lengths`` says, ``total`` numbers altogether, without asking the device."""
    numbers = torch.arange(len(lengths), device=lengths.device)
    return torch.repeat_interleave(numbers, lengths, output_size=total)


def to_device(numbers: Tensor, device: torch.device) -> Tensor:
    """Copy from the CPU without making it wait; only a copy from pinned memory does not."""
    return numbers.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else numbers.to(device)


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
