import numpy as np
import pytest
import scipy.sparse as sp
import torch

from datasets.sparse import ComponentMatrix, MeanMatrix


def two_cliques_and_a_path(seed: int = 0) -> sp.csr_matrix:
    """Shuffled: a clique of 40, a sparser block of 50 (density about .3), a path of 60, an isolated node."""
    generator = np.random.default_rng(seed)
    blocks = [
        generator.random((40, 40)) + 0.1,
        (generator.random((50, 50)) < 0.3) * generator.random((50, 50)),
        np.diag(np.ones(59), 1),
        np.zeros((1, 1)),
    ]
    order = generator.permutation(151)
    return sp.csr_matrix(sp.block_diag(blocks, format="csr")[order][:, order])


def test_dense_components_become_blocks_and_nothing_else_does() -> None:
    matrix = ComponentMatrix.from_scipy(two_cliques_and_a_path())
    assert sorted(len(block) for block in matrix.blocks) == [40, 50]
    assert matrix.rest.nnz == 59
    np.testing.assert_allclose(matrix.to_scipy().toarray(), two_cliques_and_a_path().toarray(), rtol=1e-6)


def test_product_and_gradient_equal_the_dense_ones() -> None:
    matrix, dense = two_cliques_and_a_path(), torch.from_numpy(two_cliques_and_a_path().toarray()).float()
    x = torch.randn(151, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    weight = torch.arange(3.0) + 1
    sparse = ComponentMatrix.from_scipy(matrix)
    torch.testing.assert_close(sparse @ x, dense @ x)
    one = torch.autograd.grad(((sparse @ x) * weight).sum(), x)[0]
    torch.testing.assert_close(one, torch.autograd.grad(((dense @ x) * weight).sum(), x)[0])


@pytest.mark.parametrize("matrix", [sp.csr_matrix((5, 5)), sp.eye_array(5, format="csr")])
def test_without_dense_components_all_stays_sparse(matrix: sp.csr_matrix) -> None:
    found = ComponentMatrix.from_scipy(matrix)
    assert not found.blocks
    x = torch.ones(5, 2)
    torch.testing.assert_close(found @ x, torch.from_numpy(matrix.toarray()).float() @ x)


def test_refuses_operands_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="cannot multiply"):
        ComponentMatrix.from_scipy(two_cliques_and_a_path()) @ torch.ones(150, 2)


def test_half_precision_input_gets_a_gradient_of_its_own_type() -> None:
    x = torch.ones(151, 2, dtype=torch.bfloat16, requires_grad=True)
    product = ComponentMatrix.from_scipy(two_cliques_and_a_path()) @ x
    assert product.dtype == torch.float32
    product.sum().backward()
    assert x.grad is not None
    assert x.grad.dtype == torch.bfloat16


def test_refuses_what_is_not_square() -> None:
    with pytest.raises(ValueError, match="square"):
        ComponentMatrix.from_scipy(sp.csr_matrix((2, 3)))


def test_the_mean_is_the_mean_of_the_products() -> None:
    matrices = [two_cliques_and_a_path(seed) for seed in range(3)]
    mean = MeanMatrix([ComponentMatrix.from_scipy(one) for one in matrices])
    dense = torch.from_numpy(np.mean([one.toarray() for one in matrices], axis=0)).float()
    x = torch.randn(151, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(mean @ x, dense @ x)
    np.testing.assert_allclose(mean.to_scipy().toarray(), dense.numpy(), rtol=1e-5)
    with pytest.raises(ValueError, match="no matrix"):
        MeanMatrix([])


def test_under_autocast_the_product_keeps_to_its_digits() -> None:
    matrix = ComponentMatrix.from_scipy(two_cliques_and_a_path())
    x = torch.randn(151, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        product = matrix @ x.bfloat16()
    assert product.dtype == torch.float32
    torch.testing.assert_close(product, matrix @ x, rtol=0.02, atol=0.1)
    product.sum().backward()
    assert x.grad is not None
