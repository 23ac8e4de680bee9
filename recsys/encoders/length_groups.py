"""Where attention must see rectangles: packed sequences laid out in a few padded groups of similar length."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

_STEP = 1.3
"""Lengths of a group differ by at most this factor: little padding, yet few groups."""


@dataclass(frozen=True)
class Group:
    """Sequences that are padded to one length.

    Shapes:
        count: n sequences; length: L, of the longest; padding: n x L bool, on the device.
    """

    count: int
    length: int
    padding: Tensor


@dataclass(frozen=True)
class LengthGroups:
    """The layout of a packed batch in groups, one after the other, each n x L, padded on the right.

    The linear layers run on the T packed items; only the products of attention, which need rectangles, run on groups.

    Shapes:
        take: P, the item that stands in each slot (padding slots repeat some item);
        slots: T, the slot of each item;
        order: B, the sequences, group after group; inverse: B, where in that order each sequence stands.
        All on the device.
    """

    groups: tuple[Group, ...]
    take: Tensor
    slots: Tensor
    order: Tensor
    inverse: Tensor

    @property
    def sizes(self) -> list[int]:
        """The groups' numbers of slots."""
        return [group.count * group.length for group in self.groups]

    @property
    def counts(self) -> list[int]:
        """The groups' numbers of sequences."""
        return [group.count for group in self.groups]

    @classmethod
    def of(cls, lengths: Tensor, device: torch.device) -> "LengthGroups":
        """Lay out sequences of these lengths (B int64 on the CPU, none of them 0)."""
        offsets = lengths.cumsum(0) - lengths
        total = int(lengths.sum())
        order = torch.argsort(lengths, stable=True)
        rung = (lengths[order].double().log() / torch.tensor(_STEP, dtype=torch.float64).log()).floor()
        _, sizes = torch.unique_consecutive(rung, return_counts=True)
        groups, takes = [], []
        slots, used = torch.empty(total, dtype=torch.int64), 0
        for sequences in order.split(sizes.tolist()):
            longest = int(lengths[sequences[-1]])
            columns = torch.arange(longest)
            items = offsets[sequences, None] + columns
            padding = columns >= lengths[sequences, None]
            real = ~padding
            slots[items[real]] = used + real.flatten().nonzero().squeeze(1)
            takes.append(items.clamp_(max=total - 1).flatten())
            groups.append(Group(len(sequences), longest, padding.to(device, non_blocking=True)))
            used += items.numel()
        parts = (torch.cat(takes), slots, order, order.argsort())
        return cls(tuple(groups), *(part.to(device, non_blocking=True) for part in parts))

    def spread(self, x: Tensor) -> Tensor:
        """Put the rows of ``x`` into their slots: T x d -> P x d."""
        result: Tensor = _Spread.apply(x, self.take, self.slots)
        return result

    def collect(self, x: Tensor) -> Tensor:
        """Take the rows out of their slots again: P x d -> T x d."""
        result: Tensor = _Collect.apply(x, self.slots)
        return result


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
