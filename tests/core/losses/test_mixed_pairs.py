import pytest
import torch
from torch import Tensor

from core.losses import MixedPairs, mixed_pairs, neighbours_on_both_sides, nt_xent
from tests.core.losses.agreement import LargestTensor, assert_same, assert_single_precision_is_near

Views = tuple[Tensor, Tensor]
TARGETS = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6, 5], dtype=torch.float64)
COUNT = len(TARGETS)


@pytest.fixture
def views(views: Views) -> Views:
    """The common views, but few: pairs of pairs go by the cube."""
    one, other = (view.detach()[:COUNT].clone().requires_grad_() for view in views)
    return one, other


def slow(
    views: Views,
    targets: Tensor,
    temperature: float,
    shares: list[float],
    window: float,
    magnify: float,
    fixed: bool = True,
) -> Tensor:
    """Every mixture a vector of its own, one anchor at a time."""
    rows, labels = torch.cat(views), targets.repeat(2).tolist()
    total = rows.new_zeros(())
    for i, x in enumerate(rows):
        mixable = rows.detach() if fixed else rows
        candidates: list[tuple[Tensor, float]] = []
        for k, label in enumerate(labels):
            if k != i:
                candidates.append((rows[k], label))
            if label != labels[i] and shares:
                share = shares[(i + k) % len(shares)]
                mixture = share * mixable[i] + (1 - share) * mixable[k]
                candidates.append((mixture, share * labels[i] + (1 - share) * label))
        positives = [vector for vector, label in candidates if label == labels[i]]
        for j, low in enumerate(labels):
            for k, high in enumerate(labels):
                if labels[i] - window < low < labels[i] < high < labels[i] + window:
                    share = (high - labels[i]) / (high - low)
                    mixture = share * mixable[j] + (1 - share) * mixable[k]
                    assert abs(share * low + (1 - share) * high - labels[i]) < 1e-12
                    candidates.append((mixture, labels[i]))
                    positives.append(mixture)
        weighted = [(1 + magnify * abs(labels[i] - label)) * torch.exp(x @ c / temperature) for c, label in candidates]
        pulled = sum(x @ p / temperature for p in positives) / len(positives)
        total = total + torch.log(sum(weighted)) - pulled  # type: ignore[arg-type]
    return total / len(rows)


def all_pairs(targets: Tensor, window: float) -> tuple[Tensor, Tensor]:
    return neighbours_on_both_sides(targets.repeat(2), window=window)


@pytest.mark.parametrize("fixed", [False, True])
def test_equals_the_reference(views: Views, fixed: bool) -> None:
    shares = torch.tensor([0.1, 0.35, 0.2, 0.6, 0.05], dtype=torch.float64)
    expected = slow(views, TARGETS, 0.3, shares.tolist(), 2.5, 0.8, fixed)
    known = torch.autograd.grad(expected, views, retain_graph=True)
    for block in (1, 7, 18, 19, None):
        found = mixed_pairs(
            *views,
            TARGETS,
            temperature=0.3,
            shares=shares,
            between=all_pairs(TARGETS, 2.5),
            magnify=0.8,
            fixed_mixtures=fixed,
            block=block,
        )
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(torch.autograd.grad(found, views), known, rtol=1e-11, atol=1e-13)


def test_each_kind_of_mixture_alone_equals_the_reference(views: Views) -> None:
    shares = torch.tensor([0.25, 0.5], dtype=torch.float64)
    found = mixed_pairs(*views, TARGETS, temperature=0.5, shares=shares, block=9)
    assert_same(found, slow(views, TARGETS, 0.5, shares.tolist(), 0.5, 1.0), views)
    found = mixed_pairs(*views, TARGETS, temperature=0.5, between=all_pairs(TARGETS, 2.5), block=9)
    assert_same(found, slow(views, TARGETS, 0.5, [], 2.5, 1.0), views)


def test_gradcheck(views: Views) -> None:
    few = [view.detach()[:6, :3].contiguous().requires_grad_() for view in views]
    between = all_pairs(TARGETS[:6], 5.0)
    shares = torch.tensor([0.3, 0.7], dtype=torch.float64)

    def loss(anchor: Tensor, other: Tensor) -> Tensor:
        return mixed_pairs(
            anchor,
            other,
            TARGETS[:6],
            temperature=0.7,
            shares=shares,
            between=between,
            fixed_mixtures=False,
            block=5,
        )

    assert torch.autograd.gradcheck(loss, few)


def test_instances_and_views_may_stand_in_any_order(views: Views) -> None:
    order = torch.randperm(COUNT, generator=torch.Generator().manual_seed(2))
    share = torch.tensor([0.2], dtype=torch.float64)

    def loss(anchor: Tensor, other: Tensor, targets: Tensor) -> Tensor:
        between = all_pairs(targets, 2.5)
        return mixed_pairs(anchor, other, targets, temperature=0.4, shares=share, between=between, block=8)

    assert_same(loss(views[1][order], views[0][order], TARGETS[order]), loss(*views, TARGETS), views)


def test_without_mixtures_and_weights_lone_targets_give_nt_xent(views: Views) -> None:
    found = mixed_pairs(*views, torch.arange(COUNT), temperature=0.4, magnify=0, block=6)
    assert_same(found, nt_xent(*views, temperature=0.4), views)


def test_without_mixtures_and_weights_shared_targets_give_supervised_contrast(views: Views) -> None:
    """Khosla et al., 2020, equation 2: every positive's own log-probability, averaged outside of the logarithm."""
    rows, labels = torch.cat(views), TARGETS.repeat(2)
    own = torch.eye(2 * COUNT, dtype=torch.bool)
    logs = (rows @ rows.T / 0.4).masked_fill(own, -torch.inf).log_softmax(dim=1)
    alike = (labels[:, None] == labels) & ~own
    expected = -(torch.where(alike, logs, 0).sum(dim=1) / alike.sum(dim=1)).mean()
    assert_same(mixed_pairs(*views, TARGETS, temperature=0.4, magnify=0, block=6), expected, views)


def test_a_mixture_without_the_anchor_counts_its_negative_twice(views: Views) -> None:
    share = torch.zeros(1, dtype=torch.float64)
    found = mixed_pairs(*views, torch.arange(COUNT), temperature=0.4, shares=share, magnify=0)
    rows = torch.cat(views)
    scores = rows @ rows.T / 0.4
    twin = torch.arange(2 * COUNT).roll(COUNT)
    counts = torch.full((2 * COUNT, 2 * COUNT), 2.0, dtype=torch.float64)
    counts[torch.arange(2 * COUNT), twin] = 1
    counts.fill_diagonal_(0)
    expected = ((counts * scores.exp()).sum(dim=1).log() - scores[torch.arange(2 * COUNT), twin]).mean()
    torch.testing.assert_close(found, expected)


def test_all_pairs_are_those_of_a_search() -> None:
    targets = TARGETS.repeat(2)
    lower, higher = neighbours_on_both_sides(targets, window=2)
    for i, own in enumerate(targets):
        known = {
            (j, k)
            for j, low in enumerate(targets)
            for k, high in enumerate(targets)
            if low < own < high and own - low < 2 and high - own < 2
        }
        found = [(j, k) for j, k in zip(lower[i].tolist(), higher[i].tolist(), strict=True) if j >= 0]
        assert len(found) == len(known)
        assert set(found) == known


def test_drawn_pairs_are_uniform_over_all_pairs() -> None:
    targets = torch.tensor([0.0, 1, 1, 2, 3, 4, 40])
    generator = torch.Generator().manual_seed(0)
    lower, higher = neighbours_on_both_sides(targets, window=2.5, pairs=6000, generator=generator)
    assert (lower[[0, 5, 6]] == -1).all()
    assert (higher[[0, 5, 6]] == -1).all()
    seen = torch.bincount(lower[3] * 7 + higher[3], minlength=49)  # of 2: below 0, 1 and 1; above 3 and 4
    assert seen.nonzero().squeeze(1).tolist() == [4, 5, 11, 12, 18, 19]
    assert (seen[seen > 0] - 1000).abs().max() < 150


def test_equal_targets_have_no_mixtures(views: Views) -> None:
    same = torch.full((COUNT,), 2.0)
    found = mixed_pairs(*views, same, temperature=0.4, shares=torch.rand(5), between=all_pairs(same, 9.0))
    assert_same(found, slow(views, same, 0.4, [], 9.0, 1.0), views)


def test_the_module_is_the_function_of_its_draws(views: Views) -> None:
    module = MixedPairs(window=2, temperature=0.5, pairs=None, concentration=(1e8, 3e8))
    quarter = torch.tensor([0.25], dtype=torch.float64)
    expected = mixed_pairs(*views, TARGETS, temperature=0.5, shares=quarter, between=all_pairs(TARGETS, 2))
    assert_same(module(*views, TARGETS, block=5), expected, views, tolerance=1e-3)
    module = MixedPairs(window=2)
    torch.manual_seed(3)
    first = module(*views, TARGETS)
    assert module(*views, TARGETS).item() != first.item()
    torch.manual_seed(3)
    assert module(*views, TARGETS).item() == first.item()


def test_shares_are_drawn_from_the_beta_distribution() -> None:
    torch.manual_seed(0)
    shares = MixedPairs(window=1).shares(torch.ones(5000, 2))
    assert len(shares) == 10000
    assert shares.mean().item() == pytest.approx(0.2, abs=0.005)
    assert shares.var().item() == pytest.approx(16 / (100 * 11), abs=0.001)


def test_large_scores_stay_exact_in_single_precision() -> None:
    generator = torch.Generator().manual_seed(0)
    rows = 30 * torch.randn(2, COUNT, 6, generator=generator, dtype=torch.float64)
    between = all_pairs(TARGETS, 2.0)

    def loss(anchor: Tensor, other: Tensor) -> Tensor:
        return mixed_pairs(
            anchor, other, TARGETS, temperature=0.1, shares=torch.tensor([0.2]), between=between, block=7
        )

    assert_single_precision_is_near(loss, *rows, tolerance=1e-3)


def test_autocast_does_not_round(views: Views) -> None:
    single = [view.detach().float() for view in views]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = mixed_pairs(*single, TARGETS, temperature=0.4)
    assert rounded.item() == mixed_pairs(*single, TARGETS, temperature=0.4).item()


def test_no_tensor_is_larger_than_a_block_of_candidates() -> None:
    views = [torch.randn(1000, 2).requires_grad_() for _ in range(2)]
    with LargestTensor() as largest:
        MixedPairs(window=0.1, pairs=32)(*views, torch.rand(1000), block=16).backward()
    assert largest.entries <= max(16 * (2 * 2000 + 32), 2 * 2000 * 32)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": torch.ones(4)}, "3 targets"),
        ({"shares": torch.ones(2, 2)}, "shares"),
        ({"shares": torch.ones(0)}, "shares"),
        ({"between": (torch.zeros(3, 1).long(),) * 2}, "6 x M"),
        ({"magnify": -1.0}, "magnify"),
        ({"temperature": 0.0}, "temperature"),
        ({"block": 0}, "block"),
        ({"other": torch.ones(2, 2)}, "two N x d views"),
    ],
)
def test_refuses(options: dict[str, object], message: str) -> None:
    given = {"anchor": torch.ones(3, 2), "other": torch.ones(3, 2), "targets": torch.ones(3), "temperature": 1.0}
    with pytest.raises(ValueError, match=message):
        mixed_pairs(**{**given, **options})  # type: ignore[arg-type]


def test_refuses_windows_and_counts() -> None:
    with pytest.raises(ValueError, match="window"):
        neighbours_on_both_sides(torch.ones(3), window=0)
    with pytest.raises(ValueError, match="pairs"):
        neighbours_on_both_sides(torch.ones(3), window=1, pairs=0)
    with pytest.raises(ValueError, match="list"):
        neighbours_on_both_sides(torch.ones(3, 1), window=1)
    with pytest.raises(ValueError, match="concentration"):
        MixedPairs(window=1, concentration=(0.0, 1.0))
