import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.losses import nt_xent
from tests.core.losses import reference
from tests.core.losses.agreement import LargestTensor, assert_same, assert_single_precision_is_near

Views = tuple[Tensor, Tensor]


@pytest.mark.parametrize("block", [1, 5, 7, 23, 24, 45, 46, 100, None])
@pytest.mark.parametrize("temperature", [0.3, 1.0])
def test_equals_the_reference(views: Views, temperature: float, block: int | None) -> None:
    expected = reference.nt_xent(*views, temperature)
    assert_same(nt_xent(*views, temperature=temperature, block=block), expected, views)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_small_batches(count: int) -> None:
    generator = torch.Generator().manual_seed(count)
    first, second = torch.randn(2, count, 4, generator=generator, dtype=torch.float64)
    value = nt_xent(first, second, temperature=0.7, block=3)
    torch.testing.assert_close(value, reference.nt_xent(first, second, 0.7), rtol=1e-12, atol=1e-14)
    if count == 1:  # the twin is all that is left to choose from
        assert value.item() == pytest.approx(0, abs=1e-12)


def test_gradcheck(views: Views) -> None:
    assert torch.autograd.gradcheck(lambda a, b: nt_xent(a, b, temperature=0.5, block=5), views)


def test_pairs_may_stand_in_any_order_and_views_change_places(views: Views) -> None:
    plain = nt_xent(*views, temperature=0.4)
    order = torch.randperm(23, generator=torch.Generator().manual_seed(2))
    assert_same(nt_xent(views[0][order], views[1][order], temperature=0.4, block=9), plain, views)
    assert_same(nt_xent(views[1], views[0], temperature=0.4), nt_xent(*views, temperature=0.4), views)


@pytest.mark.parametrize("scale", [1.0, 8.0, 30.0])
def test_large_scores_stay_exact_in_single_precision(scale: float) -> None:
    """Encodings are not normalised: at the largest scale scores are thousands, far above what float32 can take to e."""
    generator = torch.Generator().manual_seed(0)
    first, second = scale * torch.randn(2, 19, 6, generator=generator, dtype=torch.float64)
    assert_single_precision_is_near(lambda a, b: nt_xent(a, b, temperature=1.0, block=7), first, second, tolerance=1e-5)


@pytest.mark.parametrize("count", [2, 10, 65])
def test_closed_forms(count: int) -> None:
    same = torch.ones(count, 3, dtype=torch.float64)
    assert nt_xent(same, same, temperature=0.1).item() == pytest.approx(math.log(2 * count - 1))
    apart = torch.eye(count, dtype=torch.float64)
    expected = math.log(math.e**2 + 2 * count - 2) - 2
    assert nt_xent(apart, apart, temperature=0.5).item() == pytest.approx(expected)


def test_a_view_without_gradient(views: Views) -> None:
    fixed = views[1].detach()
    (found,) = torch.autograd.grad(nt_xent(views[0], fixed, temperature=0.4), views[0])
    (expected,) = torch.autograd.grad(reference.nt_xent(views[0], fixed, 0.4), views[0])
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-14)
    with torch.no_grad():
        assert not nt_xent(*views, temperature=0.4).requires_grad


def test_autocast_does_not_round(views: Views) -> None:
    single = [view.detach().float() for view in views]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = nt_xent(*single, temperature=0.4)
    assert rounded.item() == nt_xent(*single, temperature=0.4).item()


def test_no_tensor_is_larger_than_a_block() -> None:
    views = functional.normalize(torch.randn(2, 2000, 2), dim=2).requires_grad_()
    with LargestTensor() as largest:
        nt_xent(*views, temperature=0.5, block=16).backward()
    assert largest.entries <= 4000 * 16


@pytest.mark.parametrize(
    ("first", "second", "temperature", "block", "message"),
    [
        ((3, 2), (3, 2), 0.0, None, "temperature"),
        ((3, 2), (4, 2), 1.0, None, "two N x d views"),
        ((0, 2), (0, 2), 1.0, None, "no rows"),
        ((3, 2), (3, 2), 1.0, 0, "block"),
    ],
)
def test_refuses(
    first: tuple[int, int], second: tuple[int, int], temperature: float, block: int | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        nt_xent(torch.ones(first), torch.ones(second), temperature=temperature, block=block)
