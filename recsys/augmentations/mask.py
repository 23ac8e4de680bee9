"""Mask: some items of a sequence become the mask item."""

import torch
from torch import Tensor

from datasets.packing import PackedSequences, to_device
from recsys.augmentations.share import share

MASK_ITEM = 0


def mask(sequences: PackedSequences, ratio: float, chosen: Tensor) -> PackedSequences:
    """Set ``floor(ratio * length)`` random items of every chosen sequence to item 0.

    Xie et al., *Contrastive Learning for Sequential Recommendation* (CL4SRec), ICDE 2022, equation 6.

    Shapes:
        chosen: B bool, on the CPU; the other sequences stay as they are.
    """
    rows, device = sequences.rows, sequences.items.device
    counts = to_device(torch.where(chosen, share(sequences.lengths, ratio), 0), device)
    # Sorted by sequence, then by chance: who comes first in its sequence is masked.
    order = (rows + torch.rand(len(rows), dtype=torch.float64, device=device)).argsort()
    masked = torch.empty_like(rows, dtype=torch.bool)
    masked[order] = sequences.positions < counts[rows]
    return PackedSequences(sequences.items.masked_fill(masked, MASK_ITEM), sequences.lengths)
