import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.losses import cacr
from tests.core.losses.agreement import LargestTensor, assert_same, assert_single_precision_is_near

Views = tuple[Tensor, Tensor]


def slow(views: list[Tensor], attraction: float, repulsion: float, fixed: bool = False) -> Tensor:
    """mean over queries of sum_k p_k c_k - mean over other views of sum_j q_j c_j, one query at a time."""

    def cost(x: Tensor, y: Tensor) -> Tensor:
        return ((x - y) ** 2).sum()

    def expectation(costs: list[Tensor], scale: float) -> Tensor:
        exponentials = [torch.exp(scale * (one.detach() if fixed else one)) for one in costs]
        return sum(e * c for e, c in zip(exponentials, costs, strict=True)) / sum(exponentials)

    count, total = len(views[0]), views[0].new_zeros(())
    for v, view in enumerate(views):
        others = [other for w, other in enumerate(views) if w != v]
        for i in range(count):
            total = total + expectation([cost(view[i], other[i]) for other in others], attraction)
            for other in others:
                costs = [cost(view[i], other[j]) for j in range(count) if j != i]
                total = total - expectation(costs, -repulsion) / len(others)
    return total / (count * len(views))


@pytest.fixture
def four(views: Views) -> list[Tensor]:
    generator = torch.Generator().manual_seed(9)
    noise = torch.randn(2, 23, 6, generator=generator, dtype=torch.float64)
    more = [functional.normalize(views[0].detach() + 0.6 * part, dim=1).requires_grad_() for part in noise]
    return [*views, *more]


@pytest.mark.parametrize("block", [1, 7, 23, 24, None])
@pytest.mark.parametrize("fixed", [False, True])
def test_equals_the_reference(four: list[Tensor], fixed: bool, block: int | None) -> None:
    found = cacr(four[:3], attraction=1.3, repulsion=2.1, fixed_weights=fixed, block=block)
    assert_same(found, slow(four[:3], 1.3, 2.1, fixed), four[:3])


def test_two_and_four_views_equal_the_reference(views: Views, four: list[Tensor]) -> None:
    assert_same(cacr(views), slow(list(views), 1.0, 2.0), views)
    assert_same(cacr(four, block=9), slow(four, 1.0, 2.0), four)


def test_gradcheck(views: Views) -> None:
    few = [view.detach()[:7, :3].contiguous().requires_grad_() for view in (*views, views[0] + views[1])]
    assert torch.autograd.gradcheck(lambda *rows: cacr(rows, attraction=1.5, repulsion=0.7, block=3), few)


def test_rows_and_views_may_stand_in_any_order(four: list[Tensor]) -> None:
    order = torch.randperm(23, generator=torch.Generator().manual_seed(2))
    assert_same(cacr([view[order] for view in four[::-1]], block=5), cacr(four), four)


def test_uniform_weights_give_the_plain_contrastive_form(four: list[Tensor]) -> None:
    """The mean squared distance of positives less that of negatives."""
    positives, negatives = [], []
    for v, view in enumerate(four):
        for other in four[:v] + four[v + 1 :]:
            distances = (view[:, None] - other).square().sum(dim=2)
            positives.append(distances.diagonal())
            negatives.append(distances[~torch.eye(23, dtype=torch.bool)])
    plain = torch.cat(positives).mean() - torch.cat(negatives).mean()
    assert_same(cacr(four, attraction=0, repulsion=0, block=6), plain, four)


@pytest.mark.parametrize("repulsion", [0.5, 2.0, 5.0])
def test_fixed_weights_of_two_views_pull_and_push_as_the_decoupled_loss_does(views: Views, repulsion: float) -> None:
    """On unit vectors: 1 / t times the gradient of -s+ / T + log sum_{j != i} exp(s_j / T) with T = 1 / (2 t)."""
    scores = 2 * repulsion * views[0] @ views[1].T
    others = scores.masked_fill(torch.eye(23, dtype=torch.bool), -torch.inf)
    decoupled = (others.logsumexp(dim=0) + others.logsumexp(dim=1)) / 2 - scores.diagonal()
    expected = torch.autograd.grad(decoupled.mean() / repulsion, views)
    found = torch.autograd.grad(cacr(views, repulsion=repulsion, fixed_weights=True), views)
    for one, other, view in zip(found, expected, views, strict=True):
        # What lies along a unit vector is not a direction in which it can move.
        across = one - (one * view).sum(dim=1, keepdim=True) * view
        wanted = other - (other * view).sum(dim=1, keepdim=True) * view
        torch.testing.assert_close(across, wanted, rtol=1e-10, atol=1e-14)


def test_a_lone_positive_has_all_the_weight(views: Views) -> None:
    assert_same(cacr(views, attraction=9), cacr(views, attraction=0), views)


def test_steep_weights_leave_the_farthest_positive_and_the_nearest_negative(four: list[Tensor]) -> None:
    distances = torch.stack([torch.stack([(x[:, None] - y).square().sum(dim=2) for y in four]) for x in four])
    apart = ~torch.eye(4, dtype=torch.bool)
    own = distances.diagonal(dim1=2, dim2=3).masked_fill(~apart[..., None], -torch.inf)
    others = distances.masked_fill(torch.eye(23, dtype=torch.bool), torch.inf).amin(dim=3)[apart]
    expected = own.amax(dim=1).mean() - others.mean()
    torch.testing.assert_close(cacr(four, attraction=1e5, repulsion=1e5), expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_large_distances_stay_exact_in_single_precision(scale: float) -> None:
    generator = torch.Generator().manual_seed(0)
    rows = scale * torch.randn(3, 19, 6, generator=generator, dtype=torch.float64)
    assert_single_precision_is_near(lambda *views: cacr(views, block=7), *rows, tolerance=2e-3)


def test_autocast_does_not_round(views: Views) -> None:
    single = [view.detach().float() for view in views]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = cacr(single)
    assert rounded.item() == cacr(single).item()


def test_no_tensor_is_larger_than_a_block() -> None:
    views = functional.normalize(torch.randn(2, 2000, 2), dim=2).requires_grad_()
    with LargestTensor() as largest:
        cacr(list(views), block=16).backward()
    assert largest.entries <= 2000 * 16


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        ([(3, 2)], {}, "two N x d views"),
        ([(3, 2), (4, 2)], {}, "two N x d views"),
        ([(3,), (3,)], {}, "two N x d views"),
        ([(1, 2), (1, 2)], {}, "two rows"),
        ([(3, 2), (3, 2)], {"attraction": -1.0}, "negative"),
        ([(3, 2), (3, 2)], {"repulsion": -1.0}, "negative"),
        ([(3, 2), (3, 2)], {"block": 0}, "block"),
    ],
)
def test_refuses(shapes: list[tuple[int, ...]], options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cacr([torch.ones(shape) for shape in shapes], **options)  # type: ignore[arg-type]
