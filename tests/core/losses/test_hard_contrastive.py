import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.losses import hard_contrastive, info_nce
from tests.core.losses.agreement import LargestTensor, assert_same

Views = tuple[Tensor, Tensor]


def slow_hard_contrastive(anchor: Tensor, other: Tensor, temperature: float, kept: int) -> Tensor:
    """mean_i -log( exp(s_ii / t) / (sum over the `kept` largest s_ik, k != i, of exp(s_ik / t) + exp(s_ii / t)) )."""
    total = anchor.new_zeros(())
    for i in range(len(anchor)):
        scores = other @ anchor[i]
        negatives = sorted((scores[k] for k in range(len(other)) if k != i), key=Tensor.item)[-kept:]
        counted = torch.stack([*negatives, scores[i]]) / temperature
        total = total + torch.log(torch.exp(counted).sum()) - scores[i] / temperature
    return total / len(anchor)


@pytest.mark.parametrize("block", [1, 7, 100, None])
@pytest.mark.parametrize(("quantile", "kept"), [(0.01, 1), (0.1, 3), (0.5, 11), (0.99, 22)])
def test_equals_the_reference(views: Views, quantile: float, kept: int, block: int | None) -> None:
    found = hard_contrastive(*views, temperature=0.4, quantile=quantile, block=block)
    assert_same(found, slow_hard_contrastive(*views, 0.4, kept), views)


def test_the_whole_of_the_negatives_is_info_nce(views: Views) -> None:
    found = hard_contrastive(*views, temperature=0.4, quantile=1.0, block=9)
    assert_same(found, info_nce(*views, temperature=0.4), views)


def test_a_share_that_is_a_whole_number_is_not_rounded_up() -> None:
    """0.1 of 30 negatives are 3, although 0.1 * 30 is a little more than that in floating point."""
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 31, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    found = hard_contrastive(first, second, temperature=1.0, quantile=0.1)
    torch.testing.assert_close(found, slow_hard_contrastive(first, second, 1.0, 3))


def test_negatives_that_tie_with_the_last_count() -> None:
    apart = torch.eye(7, dtype=torch.float64)
    found = hard_contrastive(apart, apart, temperature=1.0, quantile=0.2)
    assert found.item() == pytest.approx(math.log(math.e + 6) - 1)


def test_a_positive_below_the_quantile_still_counts() -> None:
    anchor = torch.eye(3, dtype=torch.float64)
    other = 1 - anchor  # every negative scores 1, the positive 0
    found = hard_contrastive(anchor, other, temperature=1.0, quantile=0.5)
    assert found.item() == pytest.approx(math.log(2 * math.e + 1))


def test_more_negatives_make_a_larger_loss(views: Views) -> None:
    values = [hard_contrastive(*views, temperature=0.4, quantile=share).item() for share in (0.05, 0.2, 0.6, 1.0)]
    assert values == sorted(values)
    assert values[0] < values[-1]


def test_a_small_temperature_leaves_the_hardest_negative(views: Views) -> None:
    """As t goes to 0, t times the loss is max(0, s_max - s_ii), whatever the quantile."""
    scores = views[0] @ views[1].T
    hardest = scores.masked_fill(torch.eye(23, dtype=torch.bool), -torch.inf).amax(dim=1)
    expected = torch.relu(hardest - scores.diagonal()).mean()
    for quantile in (0.05, 1.0):
        found = 1e-4 * hard_contrastive(*views, temperature=1e-4, quantile=quantile)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


def test_a_large_temperature_weighs_hard_negatives_alike(views: Views) -> None:
    """As t grows, all that is kept is pushed with the same strength: the hard simple loss."""
    temperature, kept = 1e4, 5
    found = hard_contrastive(*views, temperature=temperature, quantile=kept / 22)
    (gradient,) = torch.autograd.grad(found * temperature, views[0])
    scores = (views[0] @ views[1].T).masked_fill(torch.eye(23, dtype=torch.bool), -torch.inf)
    hard = views[1][scores.topk(kept, dim=1).indices].sum(dim=1)
    expected = ((hard + views[1]) / (kept + 1) - views[1]) / 23
    torch.testing.assert_close(gradient, expected.detach(), rtol=1e-3, atol=1e-5)


def test_gradcheck(views: Views) -> None:
    few = [view[:7].detach().requires_grad_() for view in views]
    assert torch.autograd.gradcheck(lambda a, b: hard_contrastive(a, b, temperature=0.5, quantile=0.3, block=5), few)


def test_pairs_may_stand_in_any_order(views: Views) -> None:
    order = torch.randperm(23, generator=torch.Generator().manual_seed(2))
    shuffled = hard_contrastive(views[0][order], views[1][order], temperature=0.4, quantile=0.2, block=9)
    assert_same(shuffled, hard_contrastive(*views, temperature=0.4, quantile=0.2), views)


def test_large_scores_stay_finite() -> None:
    generator = torch.Generator().manual_seed(0)
    first, second = (30 * torch.randn(2, 19, 6, generator=generator)).requires_grad_()
    value = hard_contrastive(first, second, temperature=0.5, quantile=0.2, block=7)
    assert value.isfinite()
    assert all(part.isfinite().all() for part in torch.autograd.grad(value, (first, second)))


def test_autocast_does_not_round(views: Views) -> None:
    single = [view.detach().float() for view in views]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = hard_contrastive(*single, temperature=0.4, quantile=0.2)
    assert rounded.item() == hard_contrastive(*single, temperature=0.4, quantile=0.2).item()


def test_no_tensor_is_larger_than_a_block() -> None:
    views = functional.normalize(torch.randn(2, 500, 2), dim=2).requires_grad_()
    with LargestTensor() as largest:
        hard_contrastive(*views, temperature=0.5, quantile=0.1, block=16).backward()
    assert largest.entries <= 500 * 16


@pytest.mark.parametrize(
    ("first", "second", "temperature", "quantile", "block", "message"),
    [
        ((3, 2), (3, 2), 0.0, 0.5, None, "temperature"),
        ((3, 2), (4, 2), 1.0, 0.5, None, "two N x d views"),
        ((1, 2), (1, 2), 1.0, 0.5, None, "negatives"),
        ((3, 2), (3, 2), 1.0, 0.5, 0, "block"),
        ((3, 2), (3, 2), 1.0, 0.0, None, "quantile"),
        ((3, 2), (3, 2), 1.0, 1.1, None, "quantile"),
    ],
)
def test_refuses(
    first: tuple[int, int],
    second: tuple[int, int],
    temperature: float,
    quantile: float,
    block: int | None,
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        hard_contrastive(torch.ones(first), torch.ones(second), temperature=temperature, quantile=quantile, block=block)
