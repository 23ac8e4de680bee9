"""Reorder: a contiguous window of a sequence is shuffled."""

import torch
from torch import Tensor

from datasets.packing import PackedSequences, to_device
from recsys.augmentations.share import share


def reorder(sequences: PackedSequences, ratio: float, chosen: Tensor) -> PackedSequences:
    """Shuffle a random contiguous window of ``floor(ratio * length)`` items of every chosen sequence.

    Xie et al., *Contrastive Learning for Sequential Recommendation* (CL4SRec), ICDE 2022, equation 7.

    Shapes:
        chosen: B bool, on the CPU; the other sequences stay as they are.
    """
    lengths, rows, device = sequences.lengths, sequences.rows, sequences.items.device
    windows = torch.where(chosen, share(lengths, ratio), 0)
    starts = (torch.rand(len(lengths), dtype=torch.float64) * (lengths - windows + 1)).long()
    window, start, first = to_device(torch.stack([windows, starts, sequences.offsets[:-1] + starts]), device)[:, rows]
    within = sequences.positions - start
    # An item's key is its place; inside the window it is any place of the window, so a sort shuffles only there.
    places = torch.arange(len(rows), dtype=torch.float64, device=device)
    anywhere = first + torch.rand(len(rows), dtype=torch.float64, device=device) * window
    keys = torch.where((within >= 0) & (within < window), anywhere, places)
    return PackedSequences(sequences.items[keys.argsort()], lengths)
