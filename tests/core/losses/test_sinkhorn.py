import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.losses import sinkhorn_assignments, sinkhorn_scalings
from tests.core.losses.agreement import LargestTensor


def slow(scores: Tensor, epsilon: float, iterations: int) -> Tensor:
    """Q = exp(scores / epsilon); columns to 1 / K, rows to 1 / N, again and again; entry by entry, no logarithms."""
    count, columns = scores.shape
    table = [[float(torch.exp(scores[i, k] / epsilon)) for k in range(columns)] for i in range(count)]
    for _ in range(iterations):
        sums = [sum(table[i][k] for i in range(count)) for k in range(columns)]
        table = [[table[i][k] / sums[k] / columns for k in range(columns)] for i in range(count)]
        table = [[entry / sum(row) / count for entry in row] for row in table]
    return torch.tensor(table, dtype=torch.float64) * count


@pytest.fixture
def points() -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return functional.normalize(torch.randn(23, 6, generator=generator, dtype=torch.float64) + 0.5, dim=1)


@pytest.fixture
def prototypes() -> Tensor:
    generator = torch.Generator().manual_seed(2)
    return functional.normalize(torch.randn(5, 6, generator=generator, dtype=torch.float64), dim=1)


@pytest.mark.parametrize("block", [1, 7, 23, 24, None])
@pytest.mark.parametrize("iterations", [1, 3, 10])
def test_equals_the_reference(points: Tensor, prototypes: Tensor, iterations: int, block: int | None) -> None:
    found = sinkhorn_assignments(points, prototypes, epsilon=0.1, iterations=iterations, block=block)
    torch.testing.assert_close(found, slow(points @ prototypes.T, 0.1, iterations), rtol=1e-12, atol=1e-15)


def test_the_marginals_are_even(points: Tensor, prototypes: Tensor) -> None:
    found = sinkhorn_assignments(points, prototypes, epsilon=0.1, iterations=300)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(23, dtype=torch.float64))
    torch.testing.assert_close(found.sum(dim=0), torch.full((5,), 23 / 5, dtype=torch.float64), rtol=1e-8, atol=0)


def test_columns_get_more_even_with_every_iteration(points: Tensor, prototypes: Tensor) -> None:
    spreads = [
        float(sinkhorn_assignments(points, prototypes, epsilon=0.1, iterations=steps).sum(dim=0).std())
        for steps in (1, 2, 4, 8, 16)
    ]
    assert spreads == sorted(spreads, reverse=True)
    assert float((points @ prototypes.T / 0.1).softmax(dim=1).sum(dim=0).std()) > spreads[0]


def test_points_that_are_absent_do_not_count(points: Tensor, prototypes: Tensor) -> None:
    present = torch.arange(23) % 3 > 0
    found = sinkhorn_scalings(points, prototypes, epsilon=0.1, present=present, block=4)
    torch.testing.assert_close(found, sinkhorn_scalings(points[present], prototypes, epsilon=0.1))


@pytest.mark.parametrize("block", [4, None])
def test_problems_side_by_side_do_not_touch_each_other(points: Tensor, prototypes: Tensor, block: int | None) -> None:
    many = torch.stack([points, 3 * points.flip(1), points.roll(1, dims=1)])[:, None]
    centres = torch.stack([prototypes, prototypes, prototypes.flip(0)])[:, None]
    found = sinkhorn_assignments(many, centres, epsilon=0.1, iterations=7, block=block)
    assert found.shape == (3, 1, 23, 5)
    present = torch.arange(69).view(3, 1, 23) % 4 > 0
    scalings = sinkhorn_scalings(many, centres, epsilon=0.1, present=present, block=block)
    for one in range(3):
        alone = sinkhorn_assignments(many[one, 0], centres[one, 0], epsilon=0.1, iterations=7)
        torch.testing.assert_close(found[one, 0], alone, rtol=1e-12, atol=1e-15)
        alone = sinkhorn_scalings(many[one, 0], centres[one, 0], epsilon=0.1, present=present[one, 0])
        torch.testing.assert_close(scalings[one, 0], alone)


def test_a_soft_assignment_is_uniform(points: Tensor, prototypes: Tensor) -> None:
    found = sinkhorn_assignments(points, prototypes, epsilon=1e9)
    torch.testing.assert_close(found, torch.full((23, 5), 0.2, dtype=torch.float64), rtol=1e-8, atol=0)


def test_a_sharp_assignment_is_the_best_permutation() -> None:
    """As many prototypes as points, each with a point of its own, though all points prefer the same one."""
    own = torch.randperm(4, generator=torch.Generator().manual_seed(3))
    scores = 0.2 * torch.eye(4, dtype=torch.float64)[own] + torch.tensor([0.9, 0, 0, 0], dtype=torch.float64)
    found = sinkhorn_assignments(scores, torch.eye(4, dtype=torch.float64), epsilon=0.01, iterations=50)
    assert found.argmax(dim=1).tolist() == own.tolist()
    assert float(found.amax(dim=1).min()) > 0.999


@pytest.mark.parametrize("scale", [1.0, 1e3])
def test_large_scores_stay_finite_in_single_precision(points: Tensor, prototypes: Tensor, scale: float) -> None:
    found = sinkhorn_assignments(scale * points.float(), prototypes.float(), epsilon=0.05)
    assert found.isfinite().all()
    torch.testing.assert_close(found.sum(dim=1), torch.ones(23))


def test_no_gradient_flows_and_no_tensor_is_larger_than_a_block() -> None:
    points, prototypes = torch.randn(2000, 2, requires_grad=True), torch.randn(9, 2, requires_grad=True)
    with LargestTensor() as largest:
        scalings = sinkhorn_scalings(points, prototypes, epsilon=0.1, block=32)
    assert not scalings.requires_grad
    assert largest.entries <= 2000 * 2


@pytest.mark.parametrize(
    ("points", "prototypes", "options", "message"),
    [
        ((3, 2), (4, 3), {}, "N x d points"),
        ((3,), (4, 3), {}, "N x d points"),
        ((3, 2), (2,), {}, "N x d points"),
        ((5, 3, 2), (4, 2), {}, "N x d points"),
        ((5, 3, 2), (6, 4, 2), {}, "N x d points"),
        ((0, 2), (4, 2), {}, "there must be points"),
        ((5, 0, 2), (5, 4, 2), {}, "there must be points"),
        ((3, 2), (0, 2), {}, "prototypes to assign"),
        ((3, 2), (4, 2), {"epsilon": 0.0}, "epsilon"),
        ((3, 2), (4, 2), {"iterations": 0}, "iterations"),
        ((3, 2), (4, 2), {"block": 0}, "block"),
    ],
)
def test_refuses(points: tuple[int, ...], prototypes: tuple[int, ...], options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sinkhorn_scalings(torch.ones(points), torch.ones(prototypes), **{"epsilon": 0.05, **options})  # type: ignore[arg-type]
