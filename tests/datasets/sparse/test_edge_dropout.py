"""Sub-graphs drawn on the device are those that SciPy makes of the same edges."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.sparse import EdgeDropout, draw_dropped, symmetric
from tests.datasets.sparse.test_components import two_cliques_and_a_path


def random_graph(count: int, seed: int) -> sp.csr_matrix:
    return sp.csr_matrix(sp.random_array((count, count), density=0.3, rng=np.random.default_rng(seed)))


def source(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def check(adjacency: sp.csr_matrix, rate: float, seed: int, *, transpose: bool) -> None:
    drawn = EdgeDropout(adjacency, transpose=transpose).draw(rate, source(seed))
    found = drawn.to_scipy().toarray()
    kept = (found.T if transpose else found) != 0
    loops = np.eye(len(found), dtype=bool)
    edges = (adjacency.toarray() != 0) & ~loops
    assert kept[loops].all()
    assert not (kept & ~loops & ~edges).any()
    assert (kept & ~loops).sum() == edges.sum() - int(rate * edges.sum())
    expected = symmetric(kept.astype(np.float32), transpose=transpose).toarray()
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    x = torch.randn(len(found), 3, generator=source(seed), requires_grad=True)
    weight = torch.arange(3.0) + 1
    product, dense = drawn @ x, torch.from_numpy(expected)
    torch.testing.assert_close(product, dense @ x)
    (gradient,) = torch.autograd.grad((product * weight).sum(), x)
    torch.testing.assert_close(gradient, dense.T @ weight.expand(len(found), 3))


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 15), rate=st.floats(0, 1), seed=st.integers(0, 999), transpose=st.booleans())
def test_a_draw_is_the_normalised_rest_of_the_edges(count: int, rate: float, seed: int, transpose: bool) -> None:
    check(random_graph(count, seed), rate, seed, transpose=transpose)


@pytest.mark.parametrize("transpose", [True, False])
def test_dense_components_are_drawn_as_blocks(transpose: bool) -> None:
    adjacency = two_cliques_and_a_path()
    assert len(EdgeDropout(adjacency).draw(0.4, source(1)).blocks) == 2
    check(adjacency, 0.4, 1, transpose=transpose)


def test_draws_depend_on_the_generator_alone() -> None:
    dropout = EdgeDropout(two_cliques_and_a_path())
    first, second, again = (dropout.draw(0.4, source(seed)).to_scipy().toarray() for seed in (1, 2, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != second).any()


@settings(max_examples=40, deadline=None)
@given(count=st.integers(0, 50), rate=st.floats(0, 1), seed=st.integers(0, 999))
def test_the_exact_share_is_dropped(count: int, rate: float, seed: int) -> None:
    dropped = draw_dropped(count, rate, source(seed)).tolist()
    assert len(set(dropped)) == len(dropped) == int(rate * count)
    assert all(0 <= one < count for one in dropped)


def test_all_are_dropped_equally_often() -> None:
    generator, rounds = source(0), 3000
    drawn = torch.cat([draw_dropped(10, 0.4, generator) for _ in range(rounds)])
    np.testing.assert_allclose(torch.bincount(drawn, minlength=10) / rounds, 0.4, atol=0.05)


def test_refuses_rates_outside_zero_and_one() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        EdgeDropout(sp.eye_array(2)).draw(1.1, source(0))
