import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.losses import info_nce, mv_dhel, mv_info_nce
from tests.core.losses.agreement import LargestTensor, assert_same, assert_single_precision_is_near

Views = tuple[Tensor, ...]
BLOCKS = [1, 5, 100, None]
LOSSES = [
    lambda views, **options: mv_info_nce(views, **options),
    lambda views, **options: mv_info_nce(views, within_views=True, **options),
    lambda views, **options: mv_dhel(views, **options),
]
losses = pytest.mark.parametrize("loss", LOSSES, ids=["mv_info_nce", "within_views", "mv_dhel"])


def make_views(count: int, rows: int = 11, width: int = 5) -> Views:
    generator = torch.Generator().manual_seed(count)
    base = torch.randn(rows, width, generator=generator, dtype=torch.float64)
    noise = torch.randn(count, rows, width, generator=generator, dtype=torch.float64)
    return tuple(functional.normalize(base + 0.5 * part, dim=1).requires_grad_() for part in noise)


def slow_positives(views: Views, i: int, temperature: float) -> Tensor:
    pairs = [(one, other) for one in views for other in views if one is not other]
    return sum(torch.exp(one[i] @ other[i] / temperature) for one, other in pairs)  # type: ignore[return-value]


def slow_mv_info_nce(views: Views, temperature: float, within_views: bool = False) -> Tensor:
    """mean_i -log( sum_{l, m != l} exp(u_il.u_im / t) / sum_{l, m != l, j} exp(u_il.u_jm / t) )."""
    total = views[0].new_zeros(())
    for i in range(len(views[0])):
        energy = views[0].new_zeros(())
        for one in views:
            for other in views:
                scores = torch.exp(other @ one[i] / temperature)
                if one is not other:
                    energy = energy + scores.sum()
                elif within_views:
                    energy = energy + scores[torch.arange(len(one)) != i].sum()
        total = total - torch.log(slow_positives(views, i, temperature) / energy)
    return total / len(views[0])


def slow_mv_dhel(views: Views, temperature: float) -> Tensor:
    """mean_i -log( sum_{l, m != l} exp(u_il.u_im / t) / prod_l sum_{j != i} exp(u_il.u_jl / t) )."""
    total = views[0].new_zeros(())
    for i in range(len(views[0])):
        others = torch.arange(len(views[0])) != i
        energies = [torch.exp(view[others] @ view[i] / temperature).sum() for view in views]
        total = total - torch.log(slow_positives(views, i, temperature) / torch.stack(energies).prod())
    return total / len(views[0])


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("count", [2, 4])
def test_equals_the_reference(count: int, block: int | None) -> None:
    views = make_views(count)
    found = mv_info_nce(views, temperature=0.4, block=block)
    assert_same(found, slow_mv_info_nce(views, 0.4), views)
    found = mv_info_nce(views, temperature=0.4, within_views=True, block=block)
    assert_same(found, slow_mv_info_nce(views, 0.4, within_views=True), views)
    assert_same(mv_dhel(views, temperature=0.4, block=block), slow_mv_dhel(views, 0.4), views)


def test_two_views_make_info_nce_with_the_mean_of_both_denominators() -> None:
    first, second = make_views(2)
    scores = first @ second.T / 0.3
    pooled = torch.log((scores.exp().sum(dim=0) + scores.exp().sum(dim=1)) / 2)
    found = mv_info_nce([first, second], temperature=0.3, block=3)
    assert_same(found, (pooled - scores.diagonal()).mean(), (first, second))
    both = (info_nce(first, second, temperature=0.3) + info_nce(second, first, temperature=0.3)) / 2
    assert mv_info_nce([first, second], temperature=0.3) > both


def test_two_views_with_equal_denominators_make_the_mean_of_both_directions() -> None:
    first, _ = make_views(2)
    copy = first.detach().clone().requires_grad_()
    both = (info_nce(first, copy, temperature=0.3) + info_nce(copy, first, temperature=0.3)) / 2
    assert_same(mv_info_nce([first, copy], temperature=0.3), both, (first, copy))


@pytest.mark.parametrize("count", [2, 3, 6])
def test_copies_of_one_view_add_nothing(count: int) -> None:
    view = make_views(2)[0]
    assert_same(mv_info_nce([view] * count, temperature=0.3), info_nce(view, view, temperature=0.3), (view,))


def test_views_spread_each_by_itself_in_mv_dhel() -> None:
    """But for the positives, moving one view changes the loss by the same amount wherever the other is."""
    one, other = make_views(2)
    moved, others_moved = (view + 0.3 * view.flip(0) for view in (one, other))

    def spread(first: Tensor, second: Tensor) -> Tensor:
        return mv_dhel([first, second], temperature=0.5) + (first * second).sum(dim=1).mean() / 0.5

    torch.testing.assert_close(
        spread(moved, other) - spread(one, other), spread(moved, others_moved) - spread(one, others_moved)
    )


@losses
def test_gradcheck(loss) -> None:  # type: ignore[no-untyped-def]
    assert torch.autograd.gradcheck(lambda *v: loss(v, temperature=0.5, block=4), make_views(3, rows=5, width=2))


@losses
def test_instances_and_views_may_stand_in_any_order(loss) -> None:  # type: ignore[no-untyped-def]
    views = make_views(3)
    order = torch.randperm(11, generator=torch.Generator().manual_seed(2))
    shuffled = loss([views[2][order], views[0][order], views[1][order]], temperature=0.4, block=4)
    assert_same(shuffled, loss(views, temperature=0.4), views)


@losses
def test_large_scores_stay_exact_in_single_precision(loss) -> None:  # type: ignore[no-untyped-def]
    """Scores of hundreds, far above what float32 can take to e, and of thousands, where rounding alone is 0.001."""
    generator = torch.Generator().manual_seed(0)
    views = 8 * torch.randn(3, 13, 6, generator=generator, dtype=torch.float64)
    for scale, tolerance in [(1.0, 1e-4), (6.0, 1e-2)]:
        scaled = [scale * view for view in views]
        assert_single_precision_is_near(lambda *v: loss(v, temperature=1.0, block=5), *scaled, tolerance=tolerance)


@pytest.mark.parametrize("count", [2, 4])
def test_closed_forms(count: int) -> None:
    apart = torch.eye(7, dtype=torch.float64)
    expected = math.log(math.e**2 + 6) - 2
    assert mv_info_nce([apart] * count, temperature=0.5).item() == pytest.approx(expected)
    pairs = count * (count - 1)
    within = math.log(pairs * (math.e**2 + 6) + count * 6) - math.log(pairs) - 2
    assert mv_info_nce([apart] * count, temperature=0.5, within_views=True).item() == pytest.approx(within)
    assert mv_dhel([apart] * count, temperature=0.5).item() == pytest.approx(count * math.log(6) - math.log(pairs) - 2)


@losses
def test_a_view_without_gradient_and_none_at_all(loss) -> None:  # type: ignore[no-untyped-def]
    views = make_views(3)
    fixed = [views[0], views[1].detach(), views[2]]
    found = torch.autograd.grad(loss(fixed, temperature=0.4, block=4), [views[0], views[2]])
    known = torch.autograd.grad(loss(views, temperature=0.4, block=4), [views[0], views[2]])
    torch.testing.assert_close(found, known, rtol=1e-12, atol=1e-14)
    with torch.no_grad():
        assert not loss(views, temperature=0.4).requires_grad


@losses
def test_autocast_does_not_round(loss) -> None:  # type: ignore[no-untyped-def]
    single = [view.detach().float() for view in make_views(3)]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = loss(single, temperature=0.4)
    assert rounded.item() == loss(single, temperature=0.4).item()


@losses
def test_no_tensor_is_larger_than_a_block(loss) -> None:  # type: ignore[no-untyped-def]
    views = [functional.normalize(torch.randn(600, 2), dim=1).requires_grad_() for _ in range(3)]
    with LargestTensor() as largest:
        loss(views, temperature=0.5, block=16).backward()
    assert largest.entries <= 600 * 3 * 16


@losses
@pytest.mark.parametrize(
    ("shapes", "temperature", "block", "message"),
    [
        ([(3, 2)], 1.0, None, "two views"),
        ([(3, 2), (3, 2), (4, 2)], 1.0, None, "N x d"),
        ([(3, 2), (3, 2)], 0.0, None, "temperature"),
        ([(3, 2), (3, 2)], 1.0, 0, "block"),
        ([(0, 2), (0, 2)], 1.0, None, "no rows|negatives"),
    ],
)
def test_refuses(loss, shapes, temperature: float, block: int | None, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        loss([torch.ones(shape) for shape in shapes], temperature=temperature, block=block)
