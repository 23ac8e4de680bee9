"""Where attention must see rectangles: packed sequences laid out in a few padded groups of similar length.

Of torch's own ways, nested (jagged) tensors have no causal attention on a CPU (torch 2.13: "no viable backend"), and
one rectangle as wide as the longest sequence takes five times as long (Beauty, MCLRec's batches, forward and backward).
"""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from datasets.packing import PackedSequences, spread_rows, to_device

_STEP = 1.3
"""Lengths within a group differ by at most this factor: little padding, yet few groups."""


@dataclass(frozen=True, eq=False)
class Group:
    """Sequences that are padded to one length.

    Shapes:
        count: n sequences; length: L, of the longest; padding: n x L bool, on the device; hidden: the same, which
        places nobody sees, padding included, or None where all real ones are seen. A place that would see nothing
        sees itself.
    """

    count: int
    length: int
    padding: Tensor
    hidden: Tensor | None = None

    @property
    def slots(self) -> int:
        """n L, real items and padding."""
        return self.count * self.length

    def unseen_by_each(self) -> Tensor:
        """Return which places each place does not see: L x L, or n x L x L where some are hidden."""
        device = self.padding.device
        later = torch.ones(self.length, self.length, dtype=torch.bool, device=device).triu_(1)
        if self.hidden is None:
            return later
        unseen = later | self.hidden[:, None, :]
        itself = torch.eye(self.length, dtype=torch.bool, device=device)
        return unseen & ~(unseen.all(dim=2, keepdim=True) & itself)

    def unseen_by_the_last(self) -> Tensor:
        """Return which places the last real one of each sequence does not see: n x L."""
        if self.hidden is None:
            return self.padding
        last = (~self.padding).sum(dim=1, keepdim=True) - 1
        itself = torch.zeros_like(self.padding).scatter_(1, last, value=True)
        return self.hidden & ~(self.hidden.all(dim=1, keepdim=True) & itself)


@dataclass(frozen=True, eq=False)
class LengthGroups:
    """The layout of a packed batch in groups, one after the other, each n x L, padded on the right.

    The linear layers run on the T packed items; only the products of attention, which need rectangles, run on groups.

    Shapes:
        take: P, the item that stands in each slot (padding slots repeat some item);
        slots: T, the slot of each item; befores, sizes: T, the first slot and the number of slots of its group;
        order: B, the sequences, group after group; inverse: B, where in that order each sequence stands.
        All on the device.
    """

    groups: tuple[Group, ...]
    take: Tensor
    slots: Tensor
    befores: Tensor
    sizes: Tensor
    order: Tensor
    inverse: Tensor
    _channels: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, sequences: PackedSequences, hidden: Tensor | None = None) -> "LengthGroups":
        """Lay out sequences, none of them empty; `hidden` says which items, T bool, nobody sees.

        Numbers of the B sequences are worked out on the CPU, which knows all lengths, and copied at once; those of
        items and slots are made on the device.
        """
        order = torch.argsort(sequences.lengths, stable=True)
        lengths = sequences.lengths[order]
        rungs = (lengths.double().log() / torch.tensor(_STEP, dtype=torch.float64).log()).floor()
        _, counts = torch.unique_consecutive(rungs, return_counts=True)
        ends = counts.cumsum(0)
        longest = lengths[ends - 1]
        sizes = counts * longest
        number = spread_rows(counts, len(order))
        before, width = (sizes.cumsum(0) - sizes)[number], longest[number]
        first = before + (torch.arange(len(order)) - (ends - counts)[number]) * width
        by_order = torch.stack([order, width, lengths, first, before, sizes[number], sequences.offsets[:-1][order]])
        items, total = sequences.items, int(sizes.sum())
        order, width, lengths, first, before, size, offset = to_device(by_order, items.device)

        holder = spread_rows(width, total)
        column = torch.arange(total, device=items.device) - first[holder]
        take = (offset[holder] + column).clamp_(max=len(items) - 1)
        padding = column >= lengths[holder]
        unseen = [None] * len(counts) if hidden is None else (padding | hidden[take]).split(sizes.tolist())
        groups = tuple(
            Group(count, length, part.view(count, length), None if never is None else never.view(count, length))
            for count, length, part, never in zip(
                counts.tolist(), longest.tolist(), padding.split(sizes.tolist()), unseen, strict=True
            )
        )
        inverse = torch.empty_like(order)
        inverse[order] = torch.arange(len(order), device=items.device)
        own = inverse[sequences.rows]
        return cls(
            groups,
            take=take,
            slots=first[own] + sequences.positions,
            befores=before[own],
            sizes=size[own],
            order=order,
            inverse=inverse,
        )

    def spread(self, x: Tensor) -> list[Tensor]:
        """Put items into their slots, a rectangle a group: T x C x e -> C x n x L x e each."""
        channels = x.shape[1]
        take, slots = self._of_channels(channels)
        rows: Tensor = _Spread.apply(x.flatten(0, 1), take, slots)
        parts = rows.split([group.slots * channels for group in self.groups])
        return [
            part.view(channels, group.count, group.length, -1) for part, group in zip(parts, self.groups, strict=True)
        ]

    def collect(self, parts: list[Tensor]) -> Tensor:
        """Take items out of their slots again: C x n x L x e each -> T x C x e."""
        channels, width = parts[0].shape[0], parts[0].shape[-1]
        rows = torch.cat([part.reshape(-1, width) for part in parts])
        result: Tensor = _Collect.apply(rows, self._of_channels(channels)[1])
        return result.view(-1, channels, width)

    def _of_channels(self, channels: int) -> tuple[Tensor, Tensor]:
        """Return `take` and `slots` where an item has C rows, and a group one n x L rectangle for each: P C and T C."""
        if channels not in self._channels:
            numbers = torch.arange(channels, device=self.take.device)
            parts = self.take.split([group.slots for group in self.groups])
            take = torch.cat([(part * channels + numbers[:, None]).flatten() for part in parts])
            first = self.befores * channels + (self.slots - self.befores)
            self._channels[channels] = take, (first[:, None] + numbers * self.sizes[:, None]).flatten()
        return self._channels[channels]


class _Spread(torch.autograd.Function):
    """Padding slots carry no gradient, so the backward pass is a gather, too, and never adds rows up."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, take: Tensor, slots: Tensor) -> Tensor:
        ctx.save_for_backward(slots)
        return x.index_select(0, take)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (slots,) = ctx.saved_tensors
        return grad.index_select(0, slots), None, None


class _Collect(torch.autograd.Function):
    """The slots are distinct, so that the backward pass copies rows and never adds them up."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, slots: Tensor) -> Tensor:
        ctx.save_for_backward(slots)
        ctx.rows = x.shape[0]
        return x.index_select(0, slots)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (slots,) = ctx.saved_tensors
        return grad.new_zeros(ctx.rows, *grad.shape[1:]).index_copy_(0, slots, grad), None
