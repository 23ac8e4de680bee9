"""Packed batches of given or drawn lengths."""

import torch
from hypothesis import strategies as st
from torch import Tensor

from datasets.packing import PackedSequences

lengths = st.lists(st.integers(1, 50), min_size=1, max_size=8)


def places(lengths: list[int]) -> PackedSequences:
    """Sequences of items that are all different and rise by 1: 1, 2, 3, ... from the first to the last."""
    return PackedSequences(torch.arange(1, sum(lengths) + 1), torch.tensor(lengths))


def drawn(lengths: list[int], num_items: int, seed: int = 0) -> PackedSequences:
    """Sequences of random items."""
    generator = torch.Generator().manual_seed(seed)
    return PackedSequences(torch.randint(1, num_items + 1, (sum(lengths),), generator=generator), torch.tensor(lengths))


def unpacked(sequences: PackedSequences) -> list[list[int]]:
    """The sequences as lists."""
    return [part.tolist() for part in sequences.items.split(sequences.lengths.tolist())]


def all_of(sequences: PackedSequences) -> Tensor:
    """Choose every sequence."""
    return torch.ones(sequences.count, dtype=torch.bool)


def none_of(sequences: PackedSequences) -> Tensor:
    """Choose no sequence."""
    return torch.zeros(sequences.count, dtype=torch.bool)
