import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.losses import dcl, dclw, nt_xent
from core.losses.other_instances import mean_log_sum_of_others
from tests.core.losses.agreement import LargestTensor, assert_same, assert_single_precision_is_near

Views = tuple[Tensor, Tensor]
BLOCKS = [1, 7, 24, 100, None]


def slow_dcl(first: Tensor, second: Tensor, temperature: float, sigma: float = math.inf) -> Tensor:
    """mean over k and i of -w_i (z_i^1.z_i^2 / t) + log sum over l and j != i of exp(z_i^k.z_j^l / t)."""
    count, total = len(first), first.new_zeros(())
    mises = torch.stack([torch.exp(first[i] @ second[i] / sigma) for i in range(count)])
    for view in (first, second):
        for i in range(count):
            others = torch.arange(count) != i
            scores = torch.cat([first[others] @ view[i], second[others] @ view[i]]) / temperature
            weight = 2 - mises[i] / mises.mean()
            total = total + torch.logsumexp(scores, dim=0) - weight * (first[i] @ second[i]) / temperature
    return total / (2 * count)


@pytest.mark.parametrize("block", BLOCKS)
def test_dcl_equals_the_reference(views: Views, block: int | None) -> None:
    assert_same(dcl(*views, temperature=0.3, block=block), slow_dcl(*views, 0.3), views)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("sigma", [0.2, 0.5])
def test_dclw_equals_the_reference(views: Views, sigma: float, block: int | None) -> None:
    expected = slow_dcl(*views, 0.3, sigma)
    assert_same(dclw(*views, temperature=0.3, sigma=sigma, block=block), expected, views)


@pytest.mark.parametrize("count", [2, 3])
def test_small_batches(count: int) -> None:
    generator = torch.Generator().manual_seed(count)
    first, second = torch.randn(2, count, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    assert_same(dcl(first, second, temperature=0.7, block=3), slow_dcl(first, second, 0.7), (first, second))


def test_gradcheck(views: Views) -> None:
    assert torch.autograd.gradcheck(lambda a, b: dcl(a, b, temperature=0.5, block=5), views)
    assert torch.autograd.gradcheck(lambda a, b: dclw(a, b, temperature=0.5, sigma=0.4, block=5), views)


@pytest.mark.parametrize("loss", [dcl, dclw])
def test_pairs_may_stand_in_any_order_and_views_change_places(views: Views, loss: object) -> None:
    order = torch.randperm(23, generator=torch.Generator().manual_seed(2))
    shuffled = loss(views[0][order], views[1][order], temperature=0.4, block=9)  # type: ignore[operator]
    assert_same(shuffled, loss(*views, temperature=0.4), views)  # type: ignore[operator]
    swapped = loss(views[1], views[0], temperature=0.4)  # type: ignore[operator]
    assert_same(swapped, loss(*views, temperature=0.4), views)  # type: ignore[operator]


def test_dclw_tends_to_dcl_as_sigma_grows(views: Views) -> None:
    plain = dcl(*views, temperature=0.4)
    errors = [abs((dclw(*views, temperature=0.4, sigma=sigma) - plain).item()) for sigma in (1.0, 10.0, 1e6)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-6


def test_pairs_that_are_equally_close_all_weigh_one(views: Views) -> None:
    alike = views[0].detach()
    torch.testing.assert_close(dclw(alike, alike, temperature=0.3), dcl(alike, alike, temperature=0.3))


@pytest.mark.parametrize("count", [2, 10, 65])
def test_closed_form(count: int) -> None:
    apart = torch.eye(count, dtype=torch.float64)
    assert dcl(apart, apart, temperature=0.5).item() == pytest.approx(math.log(2 * count - 2) - 2)


def test_the_positive_is_out_of_the_denominator(views: Views) -> None:
    """exp(NT-Xent) of an anchor is exp(DCL) + 1; on rows that all look alike, so are the means."""
    apart = torch.eye(9, dtype=torch.float64)
    decoupled, coupled = (loss(apart, apart, temperature=0.5).item() for loss in (dcl, nt_xent))
    assert math.exp(coupled) == pytest.approx(math.exp(decoupled) + 1)
    # No coupling: what pulls a pair does not fade as it closes, as it does under NT-Xent.
    pull = []
    for loss in (dcl, nt_xent):
        anchor = torch.eye(9, dtype=torch.float64).requires_grad_()
        (gradient,) = torch.autograd.grad(loss(anchor, apart, temperature=0.05), anchor)
        pull.append(gradient.diagonal().abs().mean().item())
    assert pull[0] == pytest.approx(1 / 9 / 0.05)
    assert pull[1] < 1e-6


@pytest.mark.parametrize("scale", [1.0, 8.0, 30.0])
def test_large_scores_stay_exact_in_single_precision(scale: float) -> None:
    generator = torch.Generator().manual_seed(0)
    first, second = scale * torch.randn(2, 19, 6, generator=generator, dtype=torch.float64)
    assert_single_precision_is_near(lambda a, b: dcl(a, b, temperature=1.0, block=7), first, second, tolerance=1e-5)
    assert dclw(first.float(), second.float(), temperature=0.1).isfinite()


def test_a_view_without_gradient(views: Views) -> None:
    fixed = views[1].detach()
    (found,) = torch.autograd.grad(dcl(views[0], fixed, temperature=0.4), views[0])
    (expected,) = torch.autograd.grad(slow_dcl(views[0], fixed, 0.4), views[0])
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-14)
    with torch.no_grad():
        assert not dcl(*views, temperature=0.4).requires_grad


@pytest.mark.parametrize("loss", [dcl, dclw])
def test_autocast_does_not_round(views: Views, loss: object) -> None:
    single = [view.detach().float() for view in views]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = loss(*single, temperature=0.4)  # type: ignore[operator]
    assert rounded.item() == loss(*single, temperature=0.4).item()  # type: ignore[operator]


def test_no_tensor_is_larger_than_a_block() -> None:
    views = functional.normalize(torch.randn(2, 1000, 2), dim=2).requires_grad_()
    with LargestTensor() as largest:
        dclw(*views, temperature=0.5, block=16).backward()
    assert largest.entries <= 2000 * 16


@pytest.mark.parametrize(
    ("first", "second", "temperature", "sigma", "block", "message"),
    [
        ((3, 2), (3, 2), 0.0, 0.5, None, "temperature"),
        ((3, 2), (4, 2), 1.0, 0.5, None, "two N x d views"),
        ((1, 2), (1, 2), 1.0, 0.5, None, "negatives"),
        ((3, 2), (3, 2), 1.0, 0.5, 0, "block"),
        ((3, 2), (3, 2), 1.0, 0.0, None, "sigma"),
    ],
)
def test_refuses(
    first: tuple[int, int],
    second: tuple[int, int],
    temperature: float,
    sigma: float,
    block: int | None,
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        dclw(torch.ones(first), torch.ones(second), temperature=temperature, sigma=sigma, block=block)


def test_refuses_rows_that_are_not_whole_views() -> None:
    with pytest.raises(ValueError, match="whole views"):
        mean_log_sum_of_others(torch.ones(7, 2), 3)
