"""Crop: a contiguous part of a sequence."""

import torch
from torch import Tensor

from datasets.packing import PackedSequences, pack
from recsys.augmentations.share import share


def crop(sequences: PackedSequences, ratio: float, chosen: Tensor) -> PackedSequences:
    """Keep a random contiguous ``max(1, floor(ratio * length))`` items of every chosen sequence.

    Xie et al., *Contrastive Learning for Sequential Recommendation* (CL4SRec), ICDE 2022, equation 5; that a crop is
    never empty is added here.

    Shapes:
        chosen: B bool, on the CPU; the other sequences stay as they are.
    """
    lengths = sequences.lengths
    kept = torch.where(chosen, share(lengths, ratio).clamp_(min=1), lengths)
    slack = lengths - kept
    starts = sequences.offsets[:-1] + (torch.rand(len(lengths), dtype=torch.float64) * (slack + 1)).long()
    return pack(sequences.items, starts, kept)
