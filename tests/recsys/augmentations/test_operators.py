"""What crop, mask and reorder do to any batch."""

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from datasets.packing import PackedSequences
from recsys.augmentations import MASK_ITEM, crop, mask, reorder
from tests.recsys.packed import all_of, lengths, places, unpacked

Operator = Callable[[PackedSequences, float, Tensor], PackedSequences]
OPERATORS = [(crop, 0.5), (mask, 0.5), (reorder, 0.8)]
seeds = st.integers(0, 10**6)


@settings(deadline=None)
@given(lengths, seeds)
def test_crop_keeps_a_contiguous_half(lengths: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    whole = places(lengths)
    for before, after in zip(unpacked(whole), unpacked(crop(whole, 0.5, all_of(whole))), strict=True):
        assert len(after) == max(1, len(before) // 2)
        assert after == list(range(after[0], after[0] + len(after)))
        assert set(after) <= set(before)


@settings(deadline=None)
@given(lengths, seeds)
def test_mask_hides_half_and_touches_nothing_else(lengths: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    whole = places(lengths)
    for before, after in zip(unpacked(whole), unpacked(mask(whole, 0.5, all_of(whole))), strict=True):
        assert after.count(MASK_ITEM) == len(before) // 2
        assert all(new in (old, MASK_ITEM) for old, new in zip(before, after, strict=True))


@settings(deadline=None)
@given(lengths, seeds)
def test_reorder_permutes_within_one_window(lengths: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    whole = places(lengths)
    for before, after in zip(unpacked(whole), unpacked(reorder(whole, 0.8, all_of(whole))), strict=True):
        assert sorted(after) == before
        moved = [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
        assert not moved or moved[-1] - moved[0] < len(before) * 4 // 5


@pytest.mark.parametrize(("operator", "ratio"), OPERATORS)
@settings(deadline=None)
@given(lengths=lengths, seed=seeds)
def test_sequences_that_are_not_chosen_stay(operator: Operator, ratio: float, lengths: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    whole = places(lengths)
    chosen = torch.rand(len(lengths)) < 0.5
    result = unpacked(operator(whole, ratio, chosen))
    for before, after, was_chosen in zip(unpacked(whole), result, chosen.tolist(), strict=True):
        assert was_chosen or after == before
    assert unpacked(whole) == unpacked(places(lengths)), "the batch itself was changed"


@pytest.mark.parametrize(("operator", "ratio"), OPERATORS)
def test_one_item_stays_as_it_is(operator: Operator, ratio: float) -> None:
    torch.manual_seed(0)
    single = places([1] * 50)
    assert unpacked(operator(single, ratio, all_of(single))) == unpacked(single)


@pytest.mark.parametrize("hundredths", [1, 10, 20, 29, 30, 50, 57, 58, 60, 70, 80, 90, 99, 100])
def test_counts_are_floors_of_the_exact_product(hundredths: int) -> None:
    """Half of 7 is 3; and a float that stands for .29 must not make 28 of a hundred."""
    torch.manual_seed(0)
    ratio, sizes = hundredths / 100, list(range(1, 201))
    exact = [math.floor(Fraction(hundredths, 100) * size) for size in sizes]
    whole = places(sizes)
    chosen = all_of(whole)
    assert crop(whole, ratio, chosen).lengths.tolist() == [max(1, count) for count in exact]
    assert [one.count(MASK_ITEM) for one in unpacked(mask(whole, ratio, chosen))] == exact
