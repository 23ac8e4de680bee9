import pytest
import torch
from torch import Tensor

from core.losses import align_prototypes, class_means


def slow(prototypes: Tensor, queries: Tensor, regularisation: float, iterations: int) -> Tensor:
    """Sinkhorn's iterations on the dense kernel exp(-C / (eps max C)), both margins uniform; barycentric projection."""
    costs = ((prototypes[:, None] - queries) ** 2).sum(dim=2)
    kernel = torch.exp(-costs / costs.max() / regularisation)
    u, v = torch.ones(len(prototypes)).double(), torch.ones(len(queries)).double()
    for _ in range(iterations):
        u = 1 / len(prototypes) / (kernel @ v)
        v = 1 / len(queries) / (kernel.T @ u)
    plan = u[:, None] * kernel * v
    return plan @ queries / plan.sum(dim=1, keepdim=True)


@pytest.fixture
def episode() -> tuple[Tensor, Tensor, Tensor]:
    """Three classes of 20 queries far from zero, and prototypes off their means: all the same way, and each its own."""
    generator = torch.Generator().manual_seed(0)
    centres = 8 + 3 * torch.eye(3, 5, dtype=torch.float64)
    queries = centres.repeat_interleave(20, dim=0) + 0.7 * torch.randn(60, 5, generator=generator, dtype=torch.float64)
    biased = centres + 1.5 + 0.7 * torch.randn(3, 5, generator=generator, dtype=torch.float64)
    return biased, queries, torch.arange(3).repeat_interleave(20)


@pytest.mark.parametrize("regularisation", [0.05, 0.3])
def test_equals_the_dense_form(episode: tuple[Tensor, Tensor, Tensor], regularisation: float) -> None:
    prototypes, queries, _ = episode
    expected = slow(prototypes, queries, regularisation, 400)
    found = align_prototypes(prototypes, queries, regularisation=regularisation, iterations=400)
    torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-8)


def test_passes_repeat_it(episode: tuple[Tensor, Tensor, Tensor]) -> None:
    prototypes, queries, _ = episode
    twice = slow(slow(prototypes, queries, 0.05, 400), queries, 0.05, 400)
    found = align_prototypes(prototypes, queries, passes=2, iterations=400)
    # The nearer the prototypes already are, the slower the iterations.
    torch.testing.assert_close(found, twice, rtol=1e-5, atol=1e-5)


def test_prototypes_come_nearer_to_the_queries_means(episode: tuple[Tensor, Tensor, Tensor]) -> None:
    prototypes, queries, labels = episode
    means = class_means(queries, labels, 3)
    before = (prototypes - means).norm(dim=1)
    assert ((align_prototypes(prototypes, queries) - means).norm(dim=1) < 0.2 * before).all()


def test_queries_and_classes_may_stand_in_any_order(episode: tuple[Tensor, Tensor, Tensor]) -> None:
    prototypes, queries, _ = episode
    order = torch.randperm(60, generator=torch.Generator().manual_seed(1))
    found = align_prototypes(prototypes[[2, 0, 1]], queries[order])
    torch.testing.assert_close(found, align_prototypes(prototypes, queries)[[2, 0, 1]])


def test_follows_shift_and_scale(episode: tuple[Tensor, Tensor, Tensor]) -> None:
    prototypes, queries, _ = episode
    moved = align_prototypes(3 * prototypes + 100, 3 * queries + 100)
    torch.testing.assert_close(moved, 3 * align_prototypes(prototypes, queries) + 100)


def test_episodes_side_by_side_do_not_touch_each_other(episode: tuple[Tensor, Tensor, Tensor]) -> None:
    prototypes, queries, _ = episode
    many = torch.stack([prototypes, 5 * prototypes.flip(0), prototypes - 40])
    theirs = torch.stack([queries, 5 * queries, queries.roll(1, dims=1) - 40])
    found = align_prototypes(many, theirs, passes=2)
    for one in range(3):
        torch.testing.assert_close(found[one], align_prototypes(many[one], theirs[one], passes=2))


def test_one_class_goes_to_the_mean(episode: tuple[Tensor, Tensor, Tensor]) -> None:
    _, queries, _ = episode
    found = align_prototypes(queries[:1] + 5, queries)
    torch.testing.assert_close(found[0], queries.mean(dim=0))


def test_single_precision_stays_near_far_from_zero(episode: tuple[Tensor, Tensor, Tensor]) -> None:
    prototypes, queries, _ = (part.float() for part in episode)
    found = align_prototypes(prototypes + 1000, queries + 1000) - 1000
    torch.testing.assert_close(found, align_prototypes(prototypes, queries), rtol=0, atol=0.01)


def test_equal_points_stay_finite() -> None:
    found = align_prototypes(torch.ones(2, 3), torch.ones(5, 3))
    torch.testing.assert_close(found, torch.ones(2, 3))


def test_class_means_are_means() -> None:
    rows, labels = torch.randn(7, 2), torch.tensor([0, 3, 0, 1, 3, 3, 0])
    found = class_means(rows, labels, 4)
    for k in (0, 1, 3):
        torch.testing.assert_close(found[k], rows[labels == k].mean(dim=0))
    assert found[2].tolist() == [0, 0]


def test_refuses() -> None:
    rows = torch.ones(2, 3)
    with pytest.raises(ValueError, match="C x d"):
        align_prototypes(rows, torch.ones(4, 2))
    with pytest.raises(ValueError, match="C x d"):
        align_prototypes(rows[0], torch.ones(4, 3))
    with pytest.raises(ValueError, match="C x d"):
        align_prototypes(rows, torch.ones(2, 4, 3))
    with pytest.raises(ValueError, match="C x d"):
        align_prototypes(rows, torch.ones(0, 3))
    with pytest.raises(ValueError, match="pass"):
        align_prototypes(rows, rows, passes=0)
    with pytest.raises(ValueError, match="epsilon"):
        align_prototypes(rows, rows, regularisation=0.0)
