import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from core.clustering.assignment import assign, reassign

SIZES = [6, 30]


def unit(count: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(torch.randn(count, 8, generator=generator, dtype=torch.float64), dim=1)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 999),
    count=st.integers(1, 70),
    moves=st.lists(st.integers(0, sum(SIZES) - 1), max_size=sum(SIZES)),
    length=st.sampled_from([0.01, 0.3, 3.0]),
    block=st.sampled_from([None, 1, 16]),
)
def test_what_moved_is_followed(seed: int, count: int, moves: list[int], length: float, block: int | None) -> None:
    points, old = unit(count, seed), unit(sum(SIZES), seed + 1)
    new = old.clone()
    new[moves] = functional.normalize(old[moves] + length * unit(len(moves), seed + 2), dim=1)
    found = reassign(points, assign(points, old, SIZES, block), old, new, SIZES, block)
    expected = assign(points, new, SIZES, block)
    assert torch.equal(found.index, expected.index)
    torch.testing.assert_close(found.similarity, expected.similarity)


def test_nothing_is_asked_of_centroids_that_stay() -> None:
    points, centroids = unit(50, 0), unit(sum(SIZES), 1)
    # No assignment that a comparison would give: it can only have been kept.
    before = assign(points, centroids.flip(0), SIZES, None)
    found = reassign(points, before, centroids, centroids.clone(), SIZES, None)
    assert torch.equal(found.index, before.index)
    assert torch.equal(found.similarity, before.similarity)


def test_what_was_there_before_is_left_as_it_was() -> None:
    points, old, new = unit(50, 0), unit(sum(SIZES), 1), unit(sum(SIZES), 1)
    new[3] = -new[3]
    before = assign(points, old, SIZES, None)
    kept = before.index.clone(), before.similarity.clone()
    found = reassign(points, before, old, new, SIZES, None)
    assert not torch.equal(found.index, before.index)
    assert torch.equal(before.index, kept[0])
    assert torch.equal(before.similarity, kept[1])


@pytest.mark.parametrize("block", [None, 7])
def test_every_point_is_compared_with_every_centroid(block: int | None) -> None:
    points, centroids = unit(23, 0), unit(sum(SIZES), 1)
    found = assign(points, centroids, SIZES, block)
    for run, part in enumerate(centroids.split(SIZES)):
        scores = points @ part.T
        assert torch.equal(found.index[run], scores.argmax(dim=1))
        torch.testing.assert_close(found.similarity[run], scores.amax(dim=1))
