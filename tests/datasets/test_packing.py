import itertools

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datasets.packing import PackedSequences, budget_batches, join, pack

Slices = list[tuple[int, int]]
slices = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), min_size=1, max_size=12)
"""(start, length) of slices of a vector of 50 items."""


def cut(parts: Slices) -> PackedSequences:
    starts, lengths = torch.tensor(parts).T
    return pack(torch.arange(100, 150), starts, lengths)


def unpacked(sequences: PackedSequences) -> list[list[int]]:
    """The sequences as lists, by their lengths alone."""
    items, found = sequences.items.tolist(), []
    for length in sequences.lengths.tolist():
        found.append(items[:length])
        items = items[length:]
    assert items == []
    return found


@given(slices)
def test_pack_equals_slicing(parts: Slices) -> None:
    assert unpacked(cut(parts)) == [list(range(100 + start, 100 + start + length)) for start, length in parts]


@given(slices)
def test_offsets_rows_and_positions_equal_a_loop(parts: Slices) -> None:
    sequences = cut(parts)
    lengths = [length for _, length in parts]
    assert sequences.count == len(parts)
    assert sequences.offsets.tolist() == [sum(lengths[:number]) for number in range(len(parts) + 1)]
    assert sequences.rows.tolist() == [row for row, length in enumerate(lengths) for _ in range(length)]
    assert sequences.positions.tolist() == [place for length in lengths for place in range(length)]


@given(st.lists(slices, min_size=1, max_size=4))
def test_join_puts_one_after_another(parts: list[Slices]) -> None:
    packed = [cut(one) for one in parts]
    assert unpacked(join(packed)) == [sequence for one in packed for sequence in unpacked(one)]


def test_a_copy_to_a_device_keeps_the_lengths_on_the_host() -> None:
    sequences = cut([(3, 2), (0, 4)])
    moved = sequences.to("meta")
    assert moved.items.device.type == "meta"
    assert moved.lengths is sequences.lengths


@settings(deadline=None)
@given(st.lists(st.integers(0, 60), max_size=80), st.integers(1, 100))
def test_budget_batches_hold_every_sequence_once(lengths: list[int], budget: int) -> None:
    batches = [part.tolist() for part in budget_batches(torch.tensor(lengths, dtype=torch.int64), budget)]
    assert sorted(number for part in batches for number in part) == list(range(len(lengths)))
    assert all(batches)
    for part in batches:
        assert sum(lengths[number] for number in part) <= budget or len(part) == 1


@example([1, 1, 1, 1], 2)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=80), st.integers(1, 100))
def test_budget_batches_are_alike_in_length_and_full(lengths: list[int], budget: int) -> None:
    """Batches follow each other in length, and none could have taken in the next one's shortest sequence."""
    batches = [[lengths[number] for number in part] for part in budget_batches(torch.tensor(lengths), budget)]
    assert [length for part in batches for length in part] == sorted(lengths)
    for part, following in itertools.pairwise(batches):
        assert sum(part) + following[0] > budget


@pytest.mark.parametrize("budget", [1, 10**9])
def test_equal_lengths_keep_their_order(budget: int) -> None:
    parts = budget_batches(torch.full((5,), 3), budget)
    assert torch.cat(parts).tolist() == [0, 1, 2, 3, 4]
    assert len(parts) == (5 if budget == 1 else 1)
