import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.encoders import LengthGroups
from tests.recsys.packed import lengths, places


def states(total: int, channels: int = 3, width: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(total)
    return torch.randn(total, channels, width, generator=generator, dtype=torch.float64)


@settings(deadline=None)
@given(lengths, st.integers(1, 4))
def test_spread_then_collect_changes_nothing(lengths: list[int], channels: int) -> None:
    x = states(sum(lengths), channels)
    groups = LengthGroups.of(places(lengths))
    assert torch.equal(groups.collect(groups.spread(x)), x)


@settings(deadline=None)
@given(lengths)
def test_spread_lays_out_sequence_after_sequence(lengths: list[int]) -> None:
    x = states(sum(lengths))
    groups = LengthGroups.of(places(lengths))
    sequences, order = x.split(lengths), iter(groups.order.tolist())
    assert groups.order[groups.inverse].tolist() == list(range(len(lengths)))
    for group, part in zip(groups.groups, groups.spread(x), strict=True):
        assert part.shape == (3, group.count, group.length, 2)
        for row in range(group.count):
            sequence = sequences[next(order)]
            assert torch.equal(part[:, row, : len(sequence)], sequence.transpose(0, 1))
            assert group.padding[row].tolist() == [False] * len(sequence) + [True] * (group.length - len(sequence))
    assert next(order, None) is None


@settings(deadline=None)
@given(st.lists(st.integers(1, 200), min_size=1, max_size=300))
def test_there_is_little_padding_in_few_groups(lengths: list[int]) -> None:
    groups = LengthGroups.of(places(lengths)).groups
    assert sum(group.count for group in groups) == len(lengths)
    assert sum(group.slots for group in groups) < 1.3 * sum(lengths) + 1e-6
    assert sum(int((~group.padding).sum()) for group in groups) == sum(lengths)
    # ln 200 / ln 1.3 = 20.2
    assert len(groups) <= min(21, len(set(lengths)))


@settings(deadline=None, max_examples=6)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_gradients_go_through_real_items_alone(lengths: list[int]) -> None:
    """What attention makes of padding never comes back: the layout's own backward passes are those of its gathers."""
    groups = LengthGroups.of(places(lengths))
    x = states(sum(lengths)).requires_grad_()
    assert torch.autograd.gradcheck(lambda one: groups.collect([part**2 for part in groups.spread(one)]), x)


@pytest.mark.parametrize("count", [1, 7])
def test_equal_lengths_make_one_rectangle(count: int) -> None:
    (group,) = LengthGroups.of(places([6] * count)).groups
    assert (group.count, group.length) == (count, 6)
    assert not group.padding.any()
