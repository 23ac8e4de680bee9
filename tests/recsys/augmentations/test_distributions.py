"""Every start, every set of places and every order is as likely as any other: chi-square with a fixed seed."""

from collections import Counter
from itertools import combinations, permutations

import numpy as np
import pytest
import torch
from scipy import stats

from datasets.packing import PackedSequences
from recsys.augmentations import MASK_ITEM, AugmentationSettings, crop, mask, reorder, two_views
from tests.recsys.packed import all_of, unpacked

DRAWS = 12_000
RARE = 1e-3
"""The seed is fixed, so that this is no chance of failing; a wrong distribution is far below it."""


@pytest.fixture
def copies() -> PackedSequences:
    """12,000 copies of 1, 2, 3, 4, 5."""
    torch.manual_seed(1)
    return PackedSequences(torch.arange(1, 6).repeat(DRAWS), torch.full((DRAWS,), 5))


def assert_uniform(found: Counter, over: list) -> None:
    assert set(found) <= set(over)
    assert stats.chisquare([found[value] for value in over]).pvalue > RARE


def test_crops_start_anywhere(copies: PackedSequences) -> None:
    starts = Counter(one[0] for one in unpacked(crop(copies, 0.5, all_of(copies))))
    assert_uniform(starts, [1, 2, 3, 4])


def test_masks_fall_on_any_places(copies: PackedSequences) -> None:
    hidden = Counter(
        tuple(place for place, item in enumerate(one) if item == MASK_ITEM)
        for one in unpacked(mask(copies, 0.5, all_of(copies)))
    )
    assert_uniform(hidden, list(combinations(range(5), 2)))


def test_a_whole_window_takes_any_order(copies: PackedSequences) -> None:
    orders = Counter(map(tuple, unpacked(reorder(copies, 1.0, all_of(copies)))))
    assert_uniform(orders, list(permutations(range(1, 6))))


def test_windows_start_anywhere_and_take_any_order(copies: PackedSequences) -> None:
    """Windows of 3 in 5 items, three places for each: an order that several windows give is as much likelier."""
    expected: Counter = Counter()
    for start in range(3):
        for window in permutations(range(start + 1, start + 4)):
            expected[(*range(1, start + 1), *window, *range(start + 4, 6))] += DRAWS / 18
    found = Counter(map(tuple, unpacked(reorder(copies, 0.6, all_of(copies)))))
    assert set(found) == set(expected)
    assert stats.chisquare([found[key] for key in expected], list(expected.values())).pvalue > RARE


def test_sequences_of_a_batch_are_drawn_apart(copies: PackedSequences) -> None:
    """Neighbours share no chance: pairs of starts are uniform, too."""
    starts = [one[0] for one in unpacked(crop(copies, 0.5, all_of(copies)))]
    pairs = Counter(zip(starts[::2], starts[1::2], strict=True))
    assert_uniform(pairs, [(one, other) for one in range(1, 5) for other in range(1, 5)])


def operator_of(view: list[int]) -> str:
    """Which operator made a view of 1, 2, ..., 12 (it leaves one in ten million windows in order)."""
    if len(view) < 12:
        return "crop"
    return "mask" if MASK_ITEM in view else "reorder"


def test_two_views_are_of_different_operators_drawn_uniformly() -> None:
    torch.manual_seed(2)
    whole = PackedSequences(torch.arange(1, 13).repeat(6000), torch.full((6000,), 12))
    first, second = two_views(whole, AugmentationSettings())
    pairs = Counter(
        (operator_of(one), operator_of(other)) for one, other in zip(unpacked(first), unpacked(second), strict=True)
    )
    assert_uniform(pairs, list(permutations(["crop", "mask", "reorder"], 2)))


def test_the_views_ratios_are_the_settings() -> None:
    torch.manual_seed(3)
    whole = PackedSequences(torch.arange(1, 21).repeat(300), torch.full((300,), 20))
    settings = AugmentationSettings(crop=0.3, mask=0.25, reorder=0.2)
    views = unpacked(two_views(whole, settings)[0])
    assert {len(view) for view in views} == {6, 20}
    assert {view.count(MASK_ITEM) for view in views} == {0, 5}
    moved = [np.flatnonzero(np.array(view) != np.arange(1, 21)) for view in views if len(view) == 20 and 0 not in view]
    assert max(places[-1] - places[0] for places in moved if len(places)) == 3


@pytest.mark.parametrize("operators", [["crop"], ["mask", "reorder"]])
def test_only_named_operators_are_used(operators: list[str]) -> None:
    torch.manual_seed(4)
    whole = PackedSequences(torch.arange(1, 13).repeat(200), torch.full((200,), 12))
    first, second = two_views(whole, AugmentationSettings(operators=operators))
    names = [[operator_of(view) for view in unpacked(views)] for views in (first, second)]
    assert {*names[0], *names[1]} == set(operators)
    if len(operators) == 1:
        assert unpacked(first) != unpacked(second)
    else:
        assert all(one != other for one, other in zip(*names, strict=True))


def test_views_follow_the_global_generator() -> None:
    whole = PackedSequences(torch.arange(1, 41), torch.tensor([15, 25]))
    torch.manual_seed(5)
    one, other = two_views(whole, AugmentationSettings()), two_views(whole, AugmentationSettings())
    torch.manual_seed(5)
    again = two_views(whole, AugmentationSettings())
    assert [unpacked(view) for view in again] == [unpacked(view) for view in one]
    assert [unpacked(view) for view in one] != [unpacked(view) for view in other]


@pytest.mark.parametrize(
    "values", [{"operators": []}, {"operators": ["crop", "crop"]}, {"operators": ["drop"]}, {"crop": 0}, {"mask": 1.1}]
)
def test_refuses(values: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        AugmentationSettings(**values)
