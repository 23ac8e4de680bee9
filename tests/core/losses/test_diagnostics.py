import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.losses import alignment, tolerance, uniformity
from tests.core.losses.agreement import LargestTensor, assert_same

Views = tuple[Tensor, Tensor]


def slow_uniformity(rows: Tensor, scale: float) -> Tensor:
    """log mean over pairs i < j of exp(-t |x_i - x_j|^2)."""
    pairs = [(i, j) for i in range(len(rows)) for j in range(i)]
    return torch.stack([torch.exp(-scale * (rows[i] - rows[j]).square().sum()) for i, j in pairs]).mean().log()


def slow_tolerance(rows: Tensor, labels: Tensor) -> Tensor:
    """mean of x_i.x_j over pairs i < j of the same label that is not negative."""
    pairs = [(i, j) for i in range(len(rows)) for j in range(i) if labels[i] == labels[j] >= 0]
    return torch.stack([rows[i] @ rows[j] for i, j in pairs]).mean()


@pytest.fixture
def labels() -> Tensor:
    return torch.randint(-1, 4, (23,), generator=torch.Generator().manual_seed(3)) * 10**6


@pytest.mark.parametrize("power", [1.0, 2.0, 3.0])
def test_alignment_equals_the_reference(views: Views, power: float) -> None:
    pairs = zip(*views, strict=True)
    expected = torch.stack([(one - other).square().sum().sqrt() ** power for one, other in pairs]).mean()
    assert_same(alignment(*views, power=power), expected, views)


def test_alignment_of_equal_views_is_0_with_a_gradient(views: Views) -> None:
    value = alignment(views[0], views[0].detach(), power=1.0)
    assert value.item() == 0
    assert torch.autograd.grad(value, views[0])[0].isfinite().all()


@pytest.mark.parametrize("scale", [0.5, 2.0])
@pytest.mark.parametrize("block", [1, 7, 100, None])
def test_uniformity_equals_the_reference(views: Views, scale: float, block: int | None) -> None:
    assert_same(uniformity(views[0], scale=scale, block=block), slow_uniformity(views[0], scale), views[:1])


def test_tolerance_equals_the_reference(views: Views, labels: Tensor) -> None:
    assert_same(tolerance(views[0], labels), slow_tolerance(views[0], labels), views[:1])


def test_gradcheck(views: Views, labels: Tensor) -> None:
    few = views[0][:9].detach().requires_grad_()
    assert torch.autograd.gradcheck(lambda rows: uniformity(rows, block=4), [few])
    assert torch.autograd.gradcheck(lambda rows: tolerance(rows, labels[:9]), [few])


def test_rows_may_stand_in_any_order(views: Views, labels: Tensor) -> None:
    order = torch.randperm(23, generator=torch.Generator().manual_seed(2))
    rows = views[0]
    assert_same(uniformity(rows[order], block=9), uniformity(rows), [rows])
    assert_same(tolerance(rows[order], labels[order]), tolerance(rows, labels), [rows])


def test_uniformity_of_points_known_by_heart() -> None:
    same = torch.ones(5, 3, dtype=torch.float64) / math.sqrt(3)
    assert uniformity(same).item() == pytest.approx(0, abs=1e-12)
    opposite = torch.tensor([[1.0, 0.0], [-1.0, 0.0]], dtype=torch.float64)
    assert uniformity(opposite).item() == pytest.approx(-8)
    simplex = functional.normalize(torch.eye(4, dtype=torch.float64) - 0.25, dim=1)  # all cosines are -1/3
    assert uniformity(simplex).item() == pytest.approx(-2 * (2 + 2 / 3))


def test_rows_spread_over_the_sphere_are_more_uniform_than_clusters() -> None:
    generator = torch.Generator().manual_seed(4)
    spread = functional.normalize(torch.randn(300, 64, generator=generator), dim=1)
    clusters = functional.normalize(spread[:3].repeat(100, 1) + 0.3 * spread, dim=1)
    numbers = torch.arange(3).repeat(100)
    assert uniformity(spread) < -3.5 < -2 < uniformity(clusters)
    assert tolerance(spread, numbers) < 0.1 < 0.8 < tolerance(clusters, numbers)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 100.0])
def test_uniformity_stays_exact_in_single_precision(scale: float) -> None:
    """Points nearly on one another, far from the origin, and so far apart that exp(-t d^2) itself is no float32."""
    rows = scale * torch.randn(29, 5, generator=torch.Generator().manual_seed(0)) + 3 * scale
    single, double = rows.clone().requires_grad_(), rows.double().requires_grad_()
    values = uniformity(single, block=8), uniformity(double, block=8)
    torch.testing.assert_close(values[0].double(), values[1], rtol=1e-4, atol=1e-6)
    one, other = torch.autograd.grad(values[0], single)[0], torch.autograd.grad(values[1], double)[0]
    assert (one.double() - other).norm() <= 1e-2 * other.norm()


def test_tolerance_without_pairs_is_not_a_number() -> None:
    assert tolerance(torch.eye(3), torch.arange(3)).isnan()
    assert tolerance(torch.eye(3), torch.full((3,), -1)).isnan()


def test_autocast_does_not_round(views: Views, labels: Tensor) -> None:
    single = views[0].detach().float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = uniformity(single), tolerance(single, labels)
    assert [value.item() for value in rounded] == [uniformity(single).item(), tolerance(single, labels).item()]


def test_no_tensor_is_larger_than_a_block() -> None:
    rows = functional.normalize(torch.randn(500, 2), dim=1).requires_grad_()
    with LargestTensor() as largest:
        uniformity(rows, block=16).backward()
        tolerance(rows, torch.arange(500) % 3).backward()
    assert largest.entries <= 500 * 16


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: alignment(torch.ones(3, 2), torch.ones(4, 2)), "two N x d views"),
        (lambda: alignment(torch.ones(0, 2), torch.ones(0, 2)), "no rows"),
        (lambda: alignment(torch.ones(3, 2), torch.ones(3, 2), power=0.0), "power"),
        (lambda: uniformity(torch.ones(1, 2)), "N at least 2"),
        (lambda: uniformity(torch.ones(3)), "N x d"),
        (lambda: uniformity(torch.ones(3, 2), scale=0.0), "scale"),
        (lambda: uniformity(torch.ones(3, 2), block=0), "block"),
        (lambda: tolerance(torch.ones(3, 2), torch.zeros(4, dtype=torch.int64)), "labels"),
        (lambda: tolerance(torch.ones(3, 2), torch.zeros(3)), "integers"),
    ],
)
def test_refuses(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        call()
