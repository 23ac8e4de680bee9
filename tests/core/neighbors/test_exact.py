"""Exact search against sorting all similarities in float64."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UserError
from core.neighbors import ExactSearch, Measure, nearest_others, row_of


def similarities(queries: torch.Tensor, vectors: torch.Tensor, measure: Measure) -> torch.Tensor:
    queries, vectors = queries.double(), vectors.double()
    products = queries @ vectors.T
    if measure == "dot":
        return products
    lengths = queries.norm(dim=1)[:, None] * vectors.norm(dim=1)
    return torch.where(lengths > 0, products / lengths, 0.0)


@given(
    st.integers(1, 40), st.integers(0, 70), st.integers(1, 12), st.sampled_from(["cosine", "dot"]), st.integers(1, 50)
)
@settings(deadline=None, max_examples=60)
def test_the_nearest_are_those_of_the_sorted_similarities(
    count: int, asked: int, k: int, measure: Measure, block: int
) -> None:
    generator = torch.Generator().manual_seed(count * 100 + asked)
    vectors = torch.randn(count, 5, generator=generator)
    vectors[0] = 0
    queries = torch.randn(asked, 5, generator=generator)
    expected = similarities(queries, vectors, measure)
    found = ExactSearch(vectors, measure, block=block).search(queries, k)
    assert found.rows.shape == (asked, min(k, count))
    torch.testing.assert_close(
        found.nearness.double(), expected.sort(descending=True).values[:, :k], atol=1e-5, rtol=1e-5
    )
    torch.testing.assert_close(expected.gather(1, found.rows), found.nearness.double(), atol=1e-5, rtol=1e-5)
    assert all(len(set(rows)) == len(rows) for rows in found.rows.tolist())


def test_blocks_change_nothing() -> None:
    vectors = torch.randn(3000, 16, generator=torch.Generator().manual_seed(0))
    whole, tiny = (
        ExactSearch(vectors).search(vectors[:100], 20),
        ExactSearch(vectors, block=7).search(vectors[:100], 20),
    )
    assert torch.equal(whole.rows, tiny.rows)
    torch.testing.assert_close(whole.nearness, tiny.nearness)


def test_one_itself_is_left_out() -> None:
    vectors = torch.randn(50, 4, generator=torch.Generator().manual_seed(1))
    for measure in ("cosine", "dot"):
        rows = torch.tensor([3, 49, 0])
        found = nearest_others(ExactSearch(vectors, measure), rows, 5)
        every = similarities(vectors[rows], vectors, measure)
        every[torch.arange(3), rows] = -torch.inf
        assert torch.equal(found.rows, every.topk(5).indices)


def test_equal_vectors_and_few_vectors() -> None:
    found = nearest_others(ExactSearch(torch.ones(4, 2)), torch.tensor([2]), 10)
    assert sorted(found.rows[0].tolist()) == [0, 1, 3]
    many = nearest_others(ExactSearch(torch.ones(40, 2)), torch.tensor([39]), 5)
    assert 39 not in many.rows[0].tolist()
    assert many.nearness[0].tolist() == pytest.approx([1.0] * 5)
    assert nearest_others(ExactSearch(torch.ones(1, 2)), torch.tensor([0]), 5).rows.shape == (1, 0)


def test_zero_vectors_have_cosine_0() -> None:
    found = nearest_others(ExactSearch(torch.tensor([[1.0, 0.0], [0.0, 0.0], [2.0, 0.0]])), torch.tensor([0, 1]), 10)
    assert found.rows[0].tolist() == [2, 1]
    assert found.nearness[0].tolist() == [1.0, 0.0]
    assert found.nearness[1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_diverged_vectors_are_refused(bad: float) -> None:
    with pytest.raises(UserError, match="training has diverged"):
        ExactSearch(torch.tensor([[1.0, bad]]))


def test_ids_are_found_by_how_they_read() -> None:
    assert row_of(np.array([10, 7, 8]), "7", "a run") == 1
    assert row_of(np.array(["a", "b"]), "b", "a run") == 1
    with pytest.raises(UserError, match="no node or item 'ana' among the 2 of a run; did you mean anna"):
        row_of(np.array(["anna", "bert"]), "ana", "a run")
