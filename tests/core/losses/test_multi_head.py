import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.losses import MultiHeadContrast, PairTemperature
from tests.core.losses.agreement import LargestTensor, assert_same

Views = tuple[Tensor, Tensor]


def contrast(heads: int = 2, regulariser: float = 0.03, scale: float = 1.0, projection: int = 4) -> MultiHeadContrast:
    torch.manual_seed(3)
    module = MultiHeadContrast(
        6, heads=heads, projection=projection, hidden=5, lowest=0.05, highest=1.5, regulariser=regulariser
    )
    with torch.no_grad():
        for parameter in module.temperature.parameters():
            parameter.mul_(scale)
    return module.double()


def slow(views: Views, module: MultiHeadContrast) -> Tensor:
    """sum over heads of mean over 2N anchors of b W(t+) - s+ / t+ + log sum exp(s / t - b W(t)), pair by pair."""
    total, beta = views[0].new_zeros(()), module.regulariser
    for head in module.heads:
        rows = [head(row) / head(row).norm() for view in views for row in view]
        for i, x in enumerate(rows):
            terms, twin = [], (i + len(views[0])) % len(rows)
            for j, y in enumerate(rows):
                product = module.temperature.keys(x) @ module.temperature.keys(y)
                low, high = module.temperature.lowest, module.temperature.highest
                t = low + (high - low) / (1 + torch.exp(product))
                weight = beta * (len(x) / 2 * torch.log(t) + 1 / t)
                if j == twin:
                    total = total + (weight - x @ y / t) / len(rows)
                elif j != i:
                    terms.append(torch.exp(x @ y / t - weight))
            total = total + torch.log(sum(terms)) / len(rows)
    return total


@pytest.mark.parametrize("block", [1, 7, 24, 45, 46, None])
def test_equals_the_reference(views: Views, block: int | None) -> None:
    module = contrast()
    few = tuple(view.detach()[:9].requires_grad_() for view in views)
    assert_same(module(*few, block=block), slow(few, module), [*few, *module.parameters()], 1e-11)


@pytest.mark.parametrize("scale", [0.2, 2.0])
@pytest.mark.parametrize("heads", [1, 3])
def test_equals_the_reference_with_other_heads_and_temperatures(views: Views, heads: int, scale: float) -> None:
    module = contrast(heads, regulariser=0.2, scale=scale)
    few = tuple(view.detach()[:7].requires_grad_() for view in views)
    assert_same(module(*few, block=4), slow(few, module), [*few, *module.parameters()], 1e-11)


def test_gradcheck(views: Views) -> None:
    module = contrast(heads=1, projection=2)
    few = [view.detach()[:4].requires_grad_() for view in views]
    assert torch.autograd.gradcheck(lambda a, o, *_: module(a, o, block=3), [*few, *module.parameters()])


def test_rows_heads_and_views_may_stand_in_any_order(views: Views) -> None:
    module, order = contrast(3), torch.randperm(23, generator=torch.Generator().manual_seed(2))
    plain = module(*views)
    module.heads = nn.ModuleList(reversed(list(module.heads)))
    assert_same(module(views[1][order], views[0][order], block=9), plain, views)


@pytest.mark.parametrize("regulariser", [0.0, 0.5])
def test_a_constant_temperature_gives_nt_xent_without_the_positive_in_its_denominator(
    views: Views, regulariser: float
) -> None:
    module = contrast(1, regulariser=regulariser, scale=0.0)  # phi is 0: every temperature lies midway
    rows = functional.normalize(module.heads[0](torch.cat(views)), dim=1)
    scores = rows @ rows.T / ((0.05 + 1.5) / 2)
    twins = torch.arange(46).roll(23)
    excluded = torch.eye(46, dtype=torch.bool) | torch.eye(46, dtype=torch.bool)[twins]
    decoupled = scores.masked_fill(excluded, -torch.inf).logsumexp(dim=1) - scores[torch.arange(46), twins]
    assert_same(module(*views, block=11), decoupled.mean(), views)


def test_at_full_weight_the_loss_is_the_log_ratio_of_the_gaussian_posteriors(views: Views) -> None:
    module = contrast(1, regulariser=1.0)
    rows = functional.normalize(module.heads[0](torch.cat(views)), dim=1)
    temperatures = module.temperature(rows, rows)
    densities = [
        [
            torch.distributions.MultivariateNormal(y, temperatures[i, j] * torch.eye(4, dtype=torch.float64)).log_prob(
                x
            )
            for j, y in enumerate(rows)
        ]
        for i, x in enumerate(rows)
    ]
    total = torch.zeros((), dtype=torch.float64)
    for i, line in enumerate(densities):
        twin = (i + 23) % 46
        others = torch.stack([one for j, one in enumerate(line) if j not in (i, twin)])
        total = total + (others.logsumexp(dim=0) - line[twin]) / 46
    torch.testing.assert_close(module(*views), total, rtol=1e-9, atol=1e-9)


def test_one_more_head_of_the_same_weights_doubles_the_loss(views: Views) -> None:
    one, two = contrast(1), contrast(2)
    two.temperature.load_state_dict(one.temperature.state_dict())
    for head in two.heads:
        head.load_state_dict(one.heads[0].state_dict())
    torch.testing.assert_close(two(*views), 2 * one(*views), rtol=1e-12, atol=0)


def test_temperatures_keep_their_bounds_and_fall_as_pairs_grow_alike() -> None:
    module = PairTemperature(3, lowest=0.1, highest=2.0)
    found = module.of_products(torch.tensor([-100.0, -1.0, 0.0, 1.0, 100.0]))
    assert found.tolist() == sorted(found.tolist(), reverse=True)
    assert found[[0, 2, 4]].tolist() == pytest.approx([2.0, 1.05, 0.1])


def test_the_regulariser_is_least_at_two_over_the_width() -> None:
    module = contrast(projection=4)
    temperature = torch.tensor(2 / 4, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(module._normaliser(temperature, 4), temperature)
    assert slope.item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_temperatures_near_zero_stay_finite_in_single_precision(views: Views, scale: float) -> None:
    torch.manual_seed(0)
    module = MultiHeadContrast(6, heads=2)  # temperatures down to 1e-5
    with torch.no_grad():
        module.temperature.keys[2].weight.mul_(scale)
    single = [(scale * view.detach()).float().requires_grad_() for view in views]
    value = module(*single, block=7)
    gradients = torch.autograd.grad(value, [*single, *module.parameters()])
    assert all(part.isfinite().all() for part in (value, *gradients))
    value = module.double()(*(view.double() for view in single)).item()
    assert module.float()(*single).item() == pytest.approx(value, rel=2e-3)


def test_autocast_does_not_round(views: Views) -> None:
    module = contrast().float()
    single = [view.detach().float() for view in views]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = module(*single)
    assert rounded.item() == module(*single).item()
    assert module(*(view.bfloat16() for view in single)).dtype == torch.float32


def test_no_tensor_is_larger_than_a_block() -> None:
    module = MultiHeadContrast(2, heads=1, projection=2, hidden=3)
    with LargestTensor() as largest:
        module(torch.randn(1000, 2), torch.randn(1000, 2), block=16).backward()
    assert largest.entries <= 2000 * 16


def test_closed_form() -> None:
    """All rows alike and one temperature: log of the number of negatives."""
    module = contrast(1, scale=0.0)
    same = torch.ones(5, 6, dtype=torch.float64)
    assert module(same, same).item() == pytest.approx(math.log(8))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"heads": 0}, "sizes"),
        ({"regulariser": -1.0}, "regulariser"),
        ({"lowest": 0.0}, "temperatures"),
        ({"lowest": 3.0}, "temperatures"),
    ],
)
def test_refuses_to_be_made(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MultiHeadContrast(6, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "second", "block", "message"),
    [((3, 6), (4, 6), None, "two N x d views"), ((1, 6), (1, 6), None, "negatives"), ((3, 6), (3, 6), 0, "block")],
)
def test_refuses(first: tuple[int, int], second: tuple[int, int], block: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MultiHeadContrast(6)(torch.ones(first), torch.ones(second), block=block)
