"""A batch as the encoder works on it: a round number of items, laid out for attention."""

from dataclasses import dataclass

import torch
from torch import Tensor

from datasets.packing import PackedSequences, to_device
from recsys.encoders.length_groups import LengthGroups

ROUND = 256
"""Batches have ever different numbers of items, and memory that is taken in ever different pieces falls to pieces: an
epoch on Beauty grew from 0.7 to over 1 GB. Rounded up to a multiple of this, the pieces are used again."""


@dataclass(frozen=True, eq=False)
class EncoderInput:
    """B sequences, and fillers behind them whose states nobody reads.

    Shapes:
        sequences: B + F; groups: their layout; last: B + F, the place of each one's last item, on the device.
    """

    sequences: PackedSequences
    groups: LengthGroups
    last: Tensor
    count: int

    @classmethod
    def of(cls, sequences: PackedSequences, longest: int, *, hide_masked: bool = False) -> "EncoderInput":
        """Prepare a batch; fillers are sequences of item 0, at most `longest` items each."""
        filled = _filled(sequences, longest)
        last = to_device(filled.offsets[1:] - 1, filled.items.device)
        groups = LengthGroups.of(filled, filled.items == 0 if hide_masked else None)
        return cls(filled, groups, last, sequences.count)


def _filled(sequences: PackedSequences, longest: int) -> PackedSequences:
    missing = -sequences.items.shape[0] % ROUND
    if missing == 0:
        return sequences
    whole, rest = divmod(missing, longest)
    fillers = torch.tensor([longest] * whole + [rest] * (rest > 0))
    items = torch.cat([sequences.items, sequences.items.new_zeros(missing)])
    return PackedSequences(items, torch.cat([sequences.lengths, fillers]))
