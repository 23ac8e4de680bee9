import pytest
import torch
from torch import Tensor

from core.losses import info_nce, weighted_info_nce
from tests.core.losses import reference

BLOCKS = [1, 5, 7, 23, 100, None]
Views = tuple[Tensor, Tensor]


@pytest.fixture
def assignments() -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.stack([torch.randint(0, clusters, (23,), generator=generator) for clusters in (3, 8)])


def assert_same(value: Tensor, expected: Tensor, inputs: list[Tensor], tolerance: float) -> None:
    torch.testing.assert_close(value, expected, rtol=tolerance, atol=0, check_dtype=False)
    found = torch.autograd.grad(value, inputs)
    known = torch.autograd.grad(expected, inputs, retain_graph=True)
    for one, other in zip(found, known, strict=True):
        scale = float(other.abs().max())
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance * scale, check_dtype=False)


@pytest.mark.parametrize("block", BLOCKS)
def test_info_nce_equals_the_reference(views: Views, block: int | None) -> None:
    expected = reference.info_nce(*views, torch.ones(23, 23, dtype=torch.float64), 0.4)
    assert_same(info_nce(*views, temperature=0.4, block=block), expected, list(views), 1e-12)


@pytest.mark.parametrize("block", BLOCKS)
def test_weighted_equals_the_reference(views: Views, assignments: Tensor, block: int | None) -> None:
    expected = reference.info_nce(*views, reference.hard_weights(assignments), 0.4)
    found = weighted_info_nce(*views, assignments, temperature=0.4, block=block)
    assert_same(found, expected, list(views), 1e-12)


def test_weighted_in_single_precision(views: Views, assignments: Tensor) -> None:
    expected = reference.info_nce(*views, reference.hard_weights(assignments), 0.4)
    gradients = torch.autograd.grad(expected, list(views))
    single = [view.detach().float().requires_grad_() for view in views]
    found = weighted_info_nce(*single, assignments, temperature=0.4, block=7)
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=0)
    for one, other in zip(torch.autograd.grad(found, single), gradients, strict=True):
        assert (one.double() - other).norm() <= 1e-5 * other.norm()


def test_gradcheck(views: Views, assignments: Tensor) -> None:
    assert torch.autograd.gradcheck(lambda a, o: weighted_info_nce(a, o, assignments, temperature=0.5, block=5), views)


def test_the_order_of_the_nodes_does_not_matter(views: Views, assignments: Tensor) -> None:
    order = torch.randperm(23, generator=torch.Generator().manual_seed(2))
    shuffled = weighted_info_nce(views[0][order], views[1][order], assignments[:, order], temperature=0.4)
    plain = weighted_info_nce(*views, assignments, temperature=0.4)
    torch.testing.assert_close(shuffled, plain, rtol=1e-12, atol=0)


def test_large_similarities_stay_finite() -> None:
    views = 40 * torch.eye(3)
    assert info_nce(views, views, temperature=0.5).isfinite()


@pytest.mark.parametrize("temperature", [0.0, -1.0])
def test_refuses_a_temperature_that_is_not_positive(views: Views, temperature: float) -> None:
    with pytest.raises(ValueError, match="temperature"):
        info_nce(*views, temperature=temperature)


def test_refuses_assignments_of_other_nodes(views: Views) -> None:
    with pytest.raises(ValueError, match="assignments"):
        weighted_info_nce(*views, torch.zeros(2, 5, dtype=torch.int64), temperature=1.0)


def test_scores_without_weight_do_not_drown_those_that_count(views: Views) -> None:
    """At this temperature the positives, of weight 0, stand hundreds of powers above the negatives."""
    clusters = torch.arange(23)[None]
    single = [view.detach().float() for view in views]
    expected = reference.info_nce(*views, reference.hard_weights(clusters), 0.005)
    found = weighted_info_nce(*single, clusters, temperature=0.005)
    torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=0)


@pytest.mark.parametrize("length", [1.0, 20.0])
def test_rows_may_be_of_any_length(views: Views, length: float) -> None:
    """Long rows are like a low temperature: the positives, of weight 0, stand far above the negatives."""
    clusters = torch.arange(23)[None]
    long = [(length * view.detach()).float() for view in views]
    leaves = [view.requires_grad_() for view in long]
    exact = [view.detach().double().requires_grad_() for view in long]
    scores = exact[0] @ exact[1].T / 0.5
    expected = (scores.masked_fill(torch.eye(23, dtype=torch.bool), -torch.inf).logsumexp(1) - scores.diagonal()).mean()
    found = weighted_info_nce(leaves[0], leaves[1], clusters, temperature=0.5)
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)
    gradients = torch.autograd.grad(found, leaves)
    for one, other in zip(gradients, torch.autograd.grad(expected, exact), strict=True):
        torch.testing.assert_close(one.double(), other, rtol=1e-3, atol=1e-4)


def test_half_precision_tells_large_cluster_numbers_apart(views: Views) -> None:
    half, clusters = [view.detach().bfloat16() for view in views], 1000 + torch.arange(23)[None] % 2
    expected = reference.info_nce(*(view.double() for view in half), reference.hard_weights(clusters), 0.5)
    found = weighted_info_nce(half[0], half[1], clusters, temperature=0.5)
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=0)
