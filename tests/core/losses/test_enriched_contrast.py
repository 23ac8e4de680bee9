import sys

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from core.clustering.assignment import assign
from core.losses import ClusteredMemory, EnrichedContrast, enriched_contrast, uniformity
from core.losses.log_mean_of_others import log_mean_of_others
from tests.core.losses.agreement import LargestTensor, assert_same, assert_single_precision_is_near

Views = tuple[Tensor, Tensor]
BLOCKS = [1, 7, 23, 24, None]


def slow(
    anchor: Tensor,
    other: Tensor,
    temperature: float,
    weight: float,
    predictions: Views | None = None,
    targets: Views | None = None,
    further: Views | None = None,
) -> Tensor:
    """The pull, one positive at a time, and the logarithm of the mean over the pairs, one row at a time."""
    count = len(anchor)
    predictions = predictions or (anchor, other)
    targets = targets or (anchor, other)
    pulls, exponentials = [], []
    for view in (0, 1):
        for i in range(count):
            positives = [targets[1 - view][i].detach()]
            if further is not None:
                positives += list(further[1 - view][i].detach())
            pulls.append(torch.stack([predictions[view][i] @ one for one in positives]).mean())
            strangers = torch.arange(count) != i
            x = (anchor, other)[view][i]
            exponentials += [torch.exp(x @ y / temperature) for y in (*anchor[strangers], *other[strangers])]
    return weight * torch.stack(exponentials).mean().log() - torch.stack(pulls).mean()


def of_the_authors(
    predictions: Views, targets: Views, rows: Views, neighbours: tuple[Views, Views, Views], weight: float
) -> Tensor:
    """Their loss of the enriched batch: in each view, neighbours stand below the rows, row by row.

    ``-(p1.z2 + p2.z1) / 2``, averaged, and ``weight log mean_x (sum_y exp(x.y / 2) - 2 exp(0)) / (M - 2)`` over all M
    rows of both views, where the products of x with itself and its twin are set to 0 beforehand.
    """

    def enriched(part: Views, near: Views) -> list[Tensor]:
        return [torch.cat([view, more.flatten(0, 1)]) for view, more in zip(part, near, strict=True)]

    p, z, s = (enriched(part, near) for part, near in zip((predictions, targets, rows), neighbours, strict=True))
    pull = ((p[0] * z[1].detach()).sum(dim=1).mean() + (p[1] * z[0].detach()).sum(dim=1).mean()) / 2
    spread = torch.cat(s)
    kept = 1 - torch.eye(len(s[0]), dtype=spread.dtype).repeat(2, 2)
    sums = (spread @ spread.T * kept / 2).exp().sum(dim=1) - 2
    return (sums / (len(spread) - 2)).mean().log() * weight - pull


def units(*shape: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(torch.randn(*shape, generator=generator, dtype=torch.float64), dim=-1)


@pytest.fixture
def heads() -> Views:
    """Predictions of both views."""
    return units(23, 6, seed=11).requires_grad_(), units(23, 6, seed=12).requires_grad_()


@pytest.fixture
def targets() -> Views:
    return units(23, 6, seed=13), units(23, 6, seed=14)


@pytest.fixture
def further() -> Views:
    return units(23, 3, 6, seed=15), units(23, 3, 6, seed=16)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("temperature", [0.2, 2.0])
def test_equals_the_reference(
    views: Views, heads: Views, targets: Views, further: Views, temperature: float, block: int | None
) -> None:
    found = enriched_contrast(
        *views,
        temperature=temperature,
        weight=0.3,
        predictions=heads,
        targets=targets,
        further=further,
        block=block,
    )
    assert_same(found, slow(*views, temperature, 0.3, heads, targets, further), [*views, *heads])


@pytest.mark.parametrize("block", BLOCKS)
def test_plain_views_equal_the_reference(views: Views, block: int | None) -> None:
    assert_same(enriched_contrast(*views, temperature=2.0, block=block), slow(*views, 2.0, 0.1), views)


def test_without_further_positives_it_is_the_authors_plain_loss(views: Views, heads: Views, targets: Views) -> None:
    none = (torch.empty(23, 0, 6, dtype=torch.float64),) * 2
    for further in (None, none):
        found = enriched_contrast(*views, temperature=2.0, predictions=heads, targets=targets, further=further)
        assert_same(found, of_the_authors(heads, targets, views, (none, none, none), 0.1), [*views, *heads])


def test_the_authors_enriched_batch_is_this_loss_of_enriched_views(views: Views, heads: Views, targets: Views) -> None:
    near = tuple((units(23, 3, 6, seed=20 + n), units(23, 3, 6, seed=30 + n)) for n in range(3))
    expected = of_the_authors(heads, targets, views, near, 0.1)  # type: ignore[arg-type]
    joined = [
        tuple(torch.cat([view, more.flatten(0, 1)]) for view, more in zip(part, stored, strict=True))
        for part, stored in zip((heads, targets, views), near, strict=True)
    ]
    found = enriched_contrast(*joined[2], temperature=2.0, predictions=joined[0], targets=joined[1])  # type: ignore[arg-type]
    assert_same(found, expected, [*views, *heads])


def test_the_authors_neighbours_pull_nothing(views: Views, heads: Views, targets: Views) -> None:
    """With three a row, predictions are pulled a fourth as much as without, and nowhere else."""
    near = tuple((units(23, 3, 6, seed=20 + n), units(23, 3, 6, seed=30 + n)) for n in range(3))
    pulls = torch.autograd.grad(of_the_authors(heads, targets, views, near, 0.1), heads)  # type: ignore[arg-type]
    plain = torch.autograd.grad(enriched_contrast(*views, temperature=2.0, predictions=heads, targets=targets), heads)
    for one, other in zip(pulls, plain, strict=True):
        torch.testing.assert_close(one, other / 4)


def test_predictions_are_pulled_to_their_further_positives(views: Views, heads: Views, further: Views) -> None:
    loss = enriched_contrast(*views, temperature=2.0, predictions=heads, further=further)
    (pull,) = torch.autograd.grad(loss, heads[0])
    expected = (views[1].detach() + further[1].sum(dim=1)) / 4
    torch.testing.assert_close(-pull, expected / (2 * 23))


def test_gradcheck(views: Views, heads: Views, targets: Views, further: Views) -> None:
    fixed = (targets[0][:5], targets[1][:5]), (further[0][:5], further[1][:5])

    def loss(first: Tensor, second: Tensor, one: Tensor, two: Tensor) -> Tensor:
        return enriched_contrast(
            first,
            second,
            temperature=0.5,
            weight=0.7,
            predictions=(one, two),
            targets=fixed[0],
            further=fixed[1],
            block=3,
        )

    few = [tensor.detach()[:5].requires_grad_() for tensor in (*views, *heads)]
    assert torch.autograd.gradcheck(loss, few)


def test_rows_may_stand_in_any_order_and_views_change_places(views: Views, further: Views) -> None:
    order = torch.randperm(23, generator=torch.Generator().manual_seed(2))
    plain = enriched_contrast(*views, temperature=0.4, further=further)
    moved = enriched_contrast(
        views[1][order],
        views[0][order],
        temperature=0.4,
        further=(further[1][order], further[0][order]),
        block=9,
    )
    assert_same(moved, plain, views)


def test_further_positives_may_stand_in_any_order(views: Views, further: Views) -> None:
    plain = enriched_contrast(*views, temperature=0.4, further=further)
    turned = enriched_contrast(*views, temperature=0.4, further=(further[0].flip(1), further[1]))
    assert_same(turned, plain, views)


def test_further_positives_that_are_the_targets_change_no_pull(views: Views, targets: Views) -> None:
    again = (targets[0][:, None].expand(23, 4, 6), targets[1][:, None].expand(23, 4, 6))
    plain = enriched_contrast(*views, temperature=2.0, weight=0.0, targets=targets)
    torch.testing.assert_close(
        enriched_contrast(*views, temperature=2.0, weight=0.0, targets=targets, further=again), plain
    )


@pytest.mark.parametrize("count", [2, 10, 65])
def test_closed_form(count: int) -> None:
    """All others at right angles, or all rows in one place."""
    apart = torch.eye(count, dtype=torch.float64)
    assert enriched_contrast(apart, apart, temperature=0.5, weight=1.0).item() == pytest.approx(-1)
    away = apart[:, None].roll(1, 0).expand(count, 3, count)
    assert enriched_contrast(apart, apart, temperature=0.5, further=(away, away)).item() == pytest.approx(-1 / 4)
    together = torch.ones(count, 1, dtype=torch.float64)
    assert enriched_contrast(together, together, temperature=0.5, weight=1.0).item() == pytest.approx(2 - 1)


def test_the_spread_of_one_view_is_its_uniformity(views: Views) -> None:
    """Of unit rows, ``-t |x - y|^2`` is ``2t x.y - 2t``."""
    for scale in (0.5, 2.0):
        rows, again = (functional.normalize(views[0], dim=1) for _ in range(2))
        spread = log_mean_of_others(rows * (2 * scale) ** 0.5, 23, block=7) - 2 * scale
        assert_same(spread, uniformity(again, scale=scale), views[:1])


@pytest.mark.parametrize("scale", [1.0, 30.0, 300.0])
def test_large_scores_stay_exact_in_single_precision(views: Views, further: Views, scale: float) -> None:
    def loss(first: Tensor, second: Tensor) -> Tensor:
        near = (further[0].to(first.dtype), further[1].to(first.dtype))
        return enriched_contrast(first, second, temperature=0.1, weight=1.0, further=near, block=7)

    assert_single_precision_is_near(loss, *(scale * view for view in views), tolerance=1e-4)


def test_autocast_does_not_round(views: Views) -> None:
    single = [view.detach().float() for view in views]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = enriched_contrast(*single, temperature=0.4)
    assert rounded.item() == enriched_contrast(*single, temperature=0.4).item()


def test_no_gradient_flows_into_targets_and_further_positives(views: Views, targets: Views, further: Views) -> None:
    fixed = [tensor.clone().requires_grad_() for tensor in (*targets, *further)]
    loss = enriched_contrast(*views, temperature=0.4, targets=(fixed[0], fixed[1]), further=(fixed[2], fixed[3]))
    assert torch.autograd.grad(loss, fixed, allow_unused=True) == (None,) * 4
    with torch.no_grad():
        assert not enriched_contrast(*views, temperature=0.4).requires_grad


def test_no_tensor_is_larger_than_a_block() -> None:
    views = torch.randn(2, 500, 2, requires_grad=True)
    near = torch.randn(2, 500, 3, 2)
    with LargestTensor() as largest:
        enriched_contrast(*views, temperature=0.5, further=(near[0], near[1]), block=8).backward()
    assert largest.entries <= 1000 * 8


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        (((3, 2), (4, 2)), {}, "two N x d views"),
        (((1, 2), (1, 2)), {}, "negatives"),
        (((3, 2), (3, 2)), {"temperature": 0.0}, "temperature"),
        (((3, 2), (3, 2)), {"weight": -0.1}, "weight"),
        (((3, 2), (3, 2)), {"block": 0}, "block"),
        (((3, 2), (3, 2)), {"predictions": (torch.ones(3, 2), torch.ones(3, 3))}, "two N x d views"),
        (((3, 2), (3, 2)), {"targets": (torch.ones(4, 2), torch.ones(3, 2))}, "two N x d views"),
        (((3, 2), (3, 2)), {"further": (torch.ones(3, 1, 2), torch.ones(3, 2, 2))}, "3 x k x 2"),
        (((3, 2), (3, 2)), {"further": (torch.ones(3, 1, 3), torch.ones(3, 1, 3))}, "3 x k x 2"),
    ],
)
def test_refuses(shapes: tuple[tuple[int, int], tuple[int, int]], options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        enriched_contrast(*(torch.ones(shape) for shape in shapes), **{"temperature": 1.0, **options})  # type: ignore[arg-type]


def test_the_spread_refuses_rows_that_are_not_whole_views() -> None:
    with pytest.raises(ValueError, match="whole views"):
        log_mean_of_others(torch.ones(7, 2), 3)


def batches(count: int, seed: int, clusters: int = 4, spread: float = 0.3) -> tuple[Tensor, Tensor, Tensor]:
    """Two views of rows around orthogonal directions, and the direction of each."""
    generator = torch.Generator().manual_seed(seed)
    kinds = torch.randint(clusters, (count,), generator=generator)
    base = torch.eye(8)[kinds] + spread * torch.randn(count, 8, generator=generator)
    noise = 0.1 * torch.randn(2, count, 8, generator=generator)
    return base + noise[0], base + noise[1], kinds


def small(**options: object) -> EnrichedContrast:
    torch.manual_seed(0)
    return EnrichedContrast(8, **{"capacity": 64, "clusters": 4, "neighbours": 3, **options})  # type: ignore[arg-type]


def test_the_module_takes_neighbours_once_the_memory_is_full() -> None:
    module = small(predictor=False)
    memory = ClusteredMemory(64, 8, 4)
    for step in range(4):
        first, second, _ = batches(16, step)
        one, two = (functional.normalize(view, dim=1) for view in (first, second))
        further = None
        if step >= 2:
            further = (memory.neighbours(one, 3), memory.neighbours(two, 3))
        expected = enriched_contrast(one, two, temperature=2.0, weight=0.1, further=further)
        torch.testing.assert_close(module(first, second), expected)
        memory.push(torch.cat([one, two]))
        torch.testing.assert_close(module.memory.rows, memory.rows)


def test_targets_come_from_the_momentum_copy_and_are_what_is_stored() -> None:
    module = small(predictor=False, capacity=32)
    first, second, _ = batches(16, 0)
    slow_first, slow_second, _ = batches(16, 1)
    one, two, three, four = (functional.normalize(view, dim=1) for view in (first, second, slow_first, slow_second))
    expected = enriched_contrast(one, two, temperature=2.0, targets=(three, four))
    torch.testing.assert_close(module(first, second, momentum=(slow_first, slow_second)), expected)
    torch.testing.assert_close(module.memory.rows, torch.cat([three, four]))


def test_the_predictor_sees_both_views_as_one_batch_and_learns() -> None:
    module = small()
    first, second, _ = batches(16, 0)
    predicted = functional.normalize(module.predictor(torch.cat([first, second])), dim=1)
    one, two = functional.normalize(first, dim=1), functional.normalize(second, dim=1)
    expected = enriched_contrast(one, two, temperature=2.0, predictions=(predicted[:16], predicted[16:]))
    loss = module(first, second)
    torch.testing.assert_close(loss, expected)
    loss.backward()
    assert all(part.grad is not None and part.grad.isfinite().all() for part in module.parameters())


def test_the_memory_grows_in_training_only() -> None:
    module = small()
    first, second, _ = batches(16, 0)
    module.eval()(first, second)
    assert module.memory.stored == 0
    module.train()(first, second)
    assert module.memory.stored == 32


def test_neighbours_are_taken_only_where_asked_for() -> None:
    module, plain = small(), small(capacity=10**6)
    for step in range(4):
        first, second, _ = batches(16, step)
        loss = plain(first, second)
        assert module(first, second, enrich=False).item() == loss.item()
    assert module.memory.ready
    assert not plain.memory.ready
    first, second, _ = batches(16, 9)
    assert module(first, second).item() != plain(first, second).item()


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_a_checkpoint_goes_on_where_it_was_made(steps: int) -> None:
    module, fresh = small(), small(seed=0)
    for step in range(steps):
        module(*batches(16, step)[:2])
    fresh.load_state_dict(module.state_dict())
    for step in range(steps, 6):
        first, second, _ = batches(16, step)
        assert module(first, second).item() == fresh(first, second).item()
    assert torch.equal(module.memory.rows, fresh.memory.rows)
    assert all(isinstance(value, Tensor) for value in module.state_dict().values())


def test_nothing_is_read_back_from_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    # On a CPU k-means asks which centroids moved; elsewhere it compares with all of them, as here.
    monkeypatch.setattr(
        sys.modules["core.clustering.spherical_kmeans"],
        "reassign",
        lambda points, before, old, new, sizes, block: assign(points, new, sizes, block),
    )

    class NoReading(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            assert func not in {
                torch.ops.aten._local_scalar_dense.default,
                torch.ops.aten.nonzero.default,
                torch.ops.aten.masked_select.default,
            }, f"{func} waits for the device"
            return func(*args, **(kwargs or {}))

    module = small()
    with NoReading():
        for step in range(4):
            first, second, _ = batches(16, step)
            module(first.requires_grad_(), second).backward()
    assert module.memory.ready


def test_planted_clusters_draw_together_that_the_plain_loss_leaves_wide() -> None:
    """The views never pair two instances of a kind; the memory's neighbours do."""
    gaps = []
    for start in (40, 80):
        torch.manual_seed(0)
        encoder = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 8))
        module = EnrichedContrast(8, capacity=512, clusters=4, weight=0.5, predictor=False)
        optimiser = torch.optim.Adam(encoder.parameters(), lr=0.01)
        for step in range(80):
            first, second, _ = batches(64, step, spread=0.5)
            optimiser.zero_grad()
            module(encoder(first), encoder(second), enrich=step >= start).backward()
            optimiser.step()
        first, _, kinds = batches(200, 1000, spread=0.5)
        rows = functional.normalize(encoder(first), dim=1)
        alike, cosines = kinds[:, None] == kinds, rows @ rows.T
        gaps.append((cosines[alike].mean() - cosines[~alike].mean()).item())
    assert gaps[0] > gaps[1] + 0.1


def test_refuses_to_be_without_neighbours() -> None:
    with pytest.raises(ValueError, match="neighbour"):
        EnrichedContrast(8, neighbours=0)
    with pytest.raises(ValueError, match="neighbour"):
        EnrichedContrast(8, capacity=4, clusters=2, neighbours=5)
    with pytest.raises(ValueError, match="cluster"):
        EnrichedContrast(8, capacity=4, clusters=8, neighbours=2)
    with pytest.raises(ValueError, match="two N x d views"):
        small()(torch.ones(4, 8), torch.ones(4, 8), momentum=(torch.ones(3, 8), torch.ones(5, 8)))
