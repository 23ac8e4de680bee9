import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.sparse import drop_edges, mask_entries


def random_matrix(count: int, seed: int) -> sp.csr_matrix:
    return sp.csr_matrix(sp.random_array((count, count), density=0.4, rng=np.random.default_rng(seed)))


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 15), rate=st.floats(0, 1), seed=st.integers(0, 999))
def test_masking_drops_the_exact_share_and_changes_nothing_else(count: int, rate: float, seed: int) -> None:
    matrix = random_matrix(count, seed)
    masked = mask_entries(matrix, rate, np.random.default_rng(seed))
    assert masked.nnz == matrix.nnz - int(rate * matrix.nnz)
    kept = masked.toarray()
    np.testing.assert_array_equal(kept[kept != 0], matrix.toarray()[kept != 0])


def test_what_is_kept_is_the_end_of_a_permutation() -> None:
    matrix = sp.csr_matrix(np.arange(1.0, 5001).reshape(50, 100))
    kept = mask_entries(matrix, 0.3, np.random.default_rng(4)).data
    np.testing.assert_array_equal(kept, np.sort(np.random.default_rng(4).permutation(5000)[1500:]) + 1)


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 15), rate=st.floats(0, 1), seed=st.integers(0, 999))
def test_dropping_keeps_a_binary_subset_and_every_self_loop(count: int, rate: float, seed: int) -> None:
    matrix = random_matrix(count, seed)
    dropped = drop_edges(matrix, rate, np.random.default_rng(seed)).toarray()
    edges = (matrix.toarray() != 0) & ~np.eye(count, dtype=bool)
    assert np.all(dropped.diagonal() == 1)
    off = dropped * ~np.eye(count, dtype=bool)
    assert set(np.unique(off)) <= {0.0, 1.0}
    assert np.all(edges[off == 1])
    assert off.sum() == edges.sum() - int(rate * edges.sum())


def test_every_edge_is_dropped_equally_often() -> None:
    matrix = sp.csr_matrix(np.ones((5, 5)))
    rounds = 2000
    kept = sum(mask_entries(matrix, 0.4, np.random.default_rng(seed)).toarray() for seed in range(rounds)) / rounds
    np.testing.assert_allclose(kept, 0.6, atol=0.06)


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_refuses_rates_outside_zero_and_one(rate: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        mask_entries(sp.eye_array(2), rate, np.random.default_rng(0))
