"""Mask: some items of a sequence become the mask item."""

import torch
from torch import Tensor

from datasets.packing import PackedSequences

MASK_ITEM = 0


def mask(sequences: PackedSequences, ratio: float, chosen: Tensor) -> PackedSequences:
    """Set ``floor(ratio * length)`` random items of every chosen sequence to item 0.

    Xie et al., *Contrastive Learning for Sequential Recommendation* (CL4SRec), ICDE 2022, equation 6.

    Shapes:
        chosen: B bool, on the CPU; the other sequences stay as they are.
    """
    device, rows = sequences.items.device, sequences.rows
    counts = torch.where(chosen, (sequences.lengths * ratio).long(), 0)
    places = (sequences.positions < counts[rows]).to(device, non_blocking=True)
    # Sorted by sequence, then by chance: who comes first in its sequence is masked.
    keys = rows.to(device, non_blocking=True) + torch.rand(len(rows), dtype=torch.float64, device=device)
    masked = torch.empty_like(places)
    masked[keys.argsort()] = places
    return PackedSequences(sequences.items.masked_fill(masked, MASK_ITEM), sequences.lengths)
