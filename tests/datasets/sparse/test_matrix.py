import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.sparse import SparseMatrix


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(1, 9), columns=st.integers(1, 9), density=st.floats(0, 1), seed=st.integers(0, 99))
def test_product_and_gradient_equal_the_dense_ones(rows: int, columns: int, density: float, seed: int) -> None:
    matrix = sp.random_array((rows, columns), density=density, rng=np.random.default_rng(seed), dtype=np.float32)
    sparse, dense = SparseMatrix.from_scipy(matrix), torch.from_numpy(matrix.toarray())
    x = torch.randn(columns, 3, generator=torch.Generator().manual_seed(seed), requires_grad=True)
    weight = torch.arange(3.0) + 1
    torch.testing.assert_close(sparse @ x, dense @ x)
    one = torch.autograd.grad(((sparse @ x) * weight).sum(), x)[0]
    other = torch.autograd.grad(((dense @ x) * weight).sum(), x)[0]
    torch.testing.assert_close(one, other)


def test_duplicates_add_up_and_the_round_trip_keeps_the_matrix() -> None:
    matrix = SparseMatrix.from_scipy(sp.coo_matrix(([1.0, 2.0, 3.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 3)))
    assert matrix.nnz == 2
    assert matrix.to_scipy().toarray().tolist() == [[0, 3, 0], [3, 0, 0]]
    assert SparseMatrix.from_csr_tensor(matrix.csr).to_scipy().toarray().tolist() == [[0, 3, 0], [3, 0, 0]]


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(1, 9), columns=st.integers(1, 9), density=st.floats(0, 1), seed=st.integers(0, 99))
def test_other_values_at_the_same_places(rows: int, columns: int, density: float, seed: int) -> None:
    matrix = sp.csr_matrix(
        sp.random_array((rows, columns), density=density, rng=np.random.default_rng(seed), dtype=np.float32)
    )
    first = SparseMatrix.from_scipy(matrix)
    other = first.with_values(torch.arange(first.nnz) - 2.0)
    matrix.sort_indices()
    matrix.data = np.arange(matrix.nnz, dtype=np.float32) - 2
    np.testing.assert_array_equal(other.to_scipy().toarray(), matrix.toarray())
    np.testing.assert_array_equal(other.transposed.to_dense(), matrix.toarray().T)


def test_half_precision_input_gets_a_gradient_of_its_own_type() -> None:
    matrix = SparseMatrix.from_scipy(sp.eye_array(3))
    x = torch.ones(3, 2, dtype=torch.bfloat16, requires_grad=True)
    (matrix @ x).sum().backward()
    assert x.grad is not None
    assert x.grad.dtype == torch.bfloat16


def test_refuses_operands_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="cannot multiply"):
        SparseMatrix.from_scipy(sp.eye_array(3)) @ torch.ones(4, 2)
    with pytest.raises(ValueError, match="sparse_csr"):
        SparseMatrix(torch.eye(3))
