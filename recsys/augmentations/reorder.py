"""Reorder: a contiguous window of a sequence is shuffled."""

import torch
from torch import Tensor

from datasets.packing import PackedSequences


def reorder(sequences: PackedSequences, ratio: float, chosen: Tensor) -> PackedSequences:
    """Shuffle a random contiguous window of ``floor(ratio * length)`` items of every chosen sequence.

    Xie et al., *Contrastive Learning for Sequential Recommendation* (CL4SRec), ICDE 2022, equation 7.

    Shapes:
        chosen: B bool, on the CPU; the other sequences stay as they are.
    """
    device, lengths, rows = sequences.items.device, sequences.lengths, sequences.rows
    windows = torch.where(chosen, (lengths * ratio).long(), 0)
    starts = (torch.rand(len(lengths), dtype=torch.float64) * (lengths - windows + 1)).long()
    within = sequences.positions - starts[rows]
    inside = ((within >= 0) & (within < windows[rows])).to(device, non_blocking=True)
    # An item's key is its place; inside the window it is any place of the window, so a sort shuffles only there.
    places = torch.arange(len(rows), dtype=torch.float64)
    firsts = (sequences.offsets[:-1] + starts)[rows].to(device, non_blocking=True)
    anywhere = firsts + torch.rand(len(rows), dtype=torch.float64, device=device) * windows[rows].to(device)
    keys = torch.where(inside, anywhere, places.to(device, non_blocking=True))
    return PackedSequences(sequences.items[keys.argsort()], lengths)
