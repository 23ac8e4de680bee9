"""Where attention must see rectangles: packed sequences laid out in a few padded groups of similar length."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

_STEP = 1.3
"""Lengths within a group differ by at most this factor: little padding, yet few groups."""


@dataclass(frozen=True)
class Group:
    """Sequences that are padded to one length.

    Shapes:
        count: n sequences; length: L, of the longest; padding: n x L bool, on the device.
    """

    count: int
    length: int
    padding: Tensor

    @property
    def slots(self) -> int:
        """n L, real items and padding."""
        return self.count * self.length


@dataclass(frozen=True)
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

    @classmethod
    def of(cls, lengths: Tensor, device: torch.device) -> "LengthGroups":
        """Lay out sequences of these lengths (B int64 on the CPU, none of them 0)."""
        offsets, total = lengths.cumsum(0) - lengths, int(lengths.sum())
        order = torch.argsort(lengths, stable=True)
        rungs = (lengths[order].double().log() / torch.tensor(_STEP, dtype=torch.float64).log()).floor()
        _, counts = torch.unique_consecutive(rungs, return_counts=True)
        groups, takes = [], []
        places, used = torch.empty(3, total, dtype=torch.int64), 0
        for sequences in order.split(counts.tolist()):
            longest = int(lengths[sequences[-1]])
            columns = torch.arange(longest)
            items, real = offsets[sequences, None] + columns, columns < lengths[sequences, None]
            inside = real.flatten().nonzero().squeeze(1)
            group = Group(len(sequences), longest, (~real).to(device, non_blocking=True))
            places[:, items[real]] = torch.stack(
                [used + inside, torch.full_like(inside, used), torch.full_like(inside, group.slots)]
            )
            takes.append(items.clamp_(max=total - 1).flatten())
            groups.append(group)
            used += group.slots
        parts = (torch.cat(takes), *places, order, order.argsort())
        return cls(tuple(groups), *(part.to(device, non_blocking=True) for part in parts))

    def spread(self, x: Tensor) -> list[Tensor]:
        """Put items into their slots, a rectangle a group: T x C x e -> C x n x L x e each."""
        channels = x.shape[1]
        numbers = torch.arange(channels, device=x.device)
        take = torch.cat(
            [
                (part * channels + numbers[:, None]).flatten()
                for part in self.take.split([group.slots for group in self.groups])
            ]
        )
        rows: Tensor = _Spread.apply(x.flatten(0, 1), take, self._channel_slots(channels))
        parts = rows.split([group.slots * channels for group in self.groups])
        return [
            part.view(channels, group.count, group.length, -1) for part, group in zip(parts, self.groups, strict=True)
        ]

    def collect(self, parts: list[Tensor]) -> Tensor:
        """Take items out of their slots again: C x n x L x e each -> T x C x e."""
        channels, width = parts[0].shape[0], parts[0].shape[-1]
        rows = torch.cat([part.reshape(-1, width) for part in parts])
        result: Tensor = _Collect.apply(rows, self._channel_slots(channels))
        return result.view(-1, channels, width)

    def _channel_slots(self, channels: int) -> Tensor:
        """Return the slot of each item's channels where a group holds one n x L rectangle a channel: T C."""
        numbers = torch.arange(channels, device=self.slots.device)
        first = self.befores * channels + (self.slots - self.befores)
        return (first[:, None] + numbers * self.sizes[:, None]).flatten()


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
