import math

import pytest
import torch
from torch import Tensor

from core.losses import catalogue_softmax
from tests.core.losses import reference
from tests.core.losses.agreement import LargestTensor, assert_same, assert_single_precision_is_near

USERS, ITEMS, WIDTH = 7, 23, 5
BLOCKS = [1, 5, 8, 22, 23, 24, 100, None]
Case = tuple[Tensor, Tensor, Tensor]


@pytest.fixture
def case() -> Case:
    """Vectors, an item table and targets, one of them asked for twice, the first and the last item among them."""
    generator = torch.Generator().manual_seed(3)
    vectors = torch.randn(USERS, WIDTH, generator=generator, dtype=torch.float64, requires_grad=True)
    table = torch.randn(ITEMS + 1, WIDTH, generator=generator, dtype=torch.float64, requires_grad=True)
    return vectors, table, torch.tensor([4, 1, ITEMS, 4, 9, 2, 17])


@pytest.mark.parametrize("block", BLOCKS)
def test_equals_the_reference(case: Case, block: int | None) -> None:
    vectors, table, targets = case
    expected = reference.catalogue_softmax(*case)
    assert_same(catalogue_softmax(vectors, table, targets, block=block), expected, [vectors, table])


@pytest.mark.parametrize("block", [4, None])
def test_gradcheck(case: Case, block: int | None) -> None:
    vectors, table, targets = case
    assert torch.autograd.gradcheck(lambda u, i: catalogue_softmax(u, i, targets, block=block), (vectors, table))


@pytest.mark.parametrize("block", [3, None])
def test_padding_takes_no_part(case: Case, block: int | None) -> None:
    vectors, table, targets = case
    value = catalogue_softmax(vectors, table, targets, block=block)
    (gradient,) = torch.autograd.grad(value, table)
    assert not gradient[0].any()
    assert gradient[1:].any(dim=1).all()
    louder = torch.cat([100 * torch.ones(1, WIDTH, dtype=torch.float64), table.detach()[1:]])
    assert catalogue_softmax(vectors, louder, targets, block=block).item() == value.item()


def test_the_order_of_the_batch_does_not_matter(case: Case) -> None:
    vectors, table, targets = case
    order = torch.randperm(USERS, generator=torch.Generator().manual_seed(0))
    shuffled = catalogue_softmax(vectors[order], table, targets[order], block=6)
    assert_same(shuffled, catalogue_softmax(vectors, table, targets, block=6), [vectors, table])


@pytest.mark.parametrize("block", [4, 23])
@pytest.mark.parametrize("scale", [1.0, 15.0, 200.0])
def test_large_scores_stay_exact_in_single_precision(case: Case, scale: float, block: int) -> None:
    """At the largest scale scores reach hundreds of times what an exponential of float32 can hold."""
    vectors, table, targets = case
    assert_single_precision_is_near(
        lambda u, i: catalogue_softmax(u, i, targets, block=block), scale * vectors, scale * table, tolerance=1e-5
    )


def test_a_catalogue_in_rising_and_falling_order() -> None:
    """The running maximum moves in every block, or in none after the first."""
    vectors = torch.ones(1, 1, requires_grad=True)
    for scores in (torch.linspace(-500, 500, 40), torch.linspace(500, -500, 40)):
        table = torch.cat([torch.zeros(1), scores])[:, None].requires_grad_()
        value = catalogue_softmax(vectors, table, torch.tensor([20]), block=3)
        assert value.item() == pytest.approx(float(scores.logsumexp(0) - scores[19]), rel=1e-6)
        (gradient,) = torch.autograd.grad(value, table)
        expected = scores.softmax(0) - torch.eye(40)[19]
        torch.testing.assert_close(gradient[1:, 0], expected, rtol=1e-5, atol=1e-7)


def test_equal_scores_give_the_logarithm_of_the_catalogue() -> None:
    for block in (1, 7, 200):
        value = catalogue_softmax(torch.zeros(3, 2), torch.randn(101, 2), torch.tensor([1, 50, 100]), block=block)
        assert value.item() == pytest.approx(math.log(100), rel=1e-6)


def test_only_what_needs_a_gradient_gets_one(case: Case) -> None:
    vectors, table, targets = case
    fixed = table.detach()
    (gradient,) = torch.autograd.grad(catalogue_softmax(vectors, fixed, targets), vectors)
    (expected,) = torch.autograd.grad(reference.catalogue_softmax(vectors, fixed, targets), vectors)
    torch.testing.assert_close(gradient, expected, rtol=1e-12, atol=1e-14)
    with torch.no_grad():
        assert not catalogue_softmax(vectors, table, targets).requires_grad


def test_autocast_does_not_round(case: Case) -> None:
    vectors, table, targets = case
    single = (vectors.detach().float(), table.detach().float())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = catalogue_softmax(*single, targets)
    assert rounded.item() == catalogue_softmax(*single, targets).item()


@pytest.mark.parametrize("block", [64, 1000])
def test_no_tensor_is_larger_than_the_table_or_a_block(block: int) -> None:
    """A hundred users and 30,000 items would be 3,000,000 scores; the table itself has 60,000 numbers."""
    users, items, width = 100, 30_000, 2
    vectors = torch.randn(users, width, requires_grad=True)
    table = torch.randn(items + 1, width, requires_grad=True)
    targets = torch.randint(1, items + 1, (users,))
    with LargestTensor() as largest:
        catalogue_softmax(vectors, table, targets, block=block).backward()
    assert largest.entries <= max(users * block, table.numel())
    with LargestTensor() as whole:
        catalogue_softmax(vectors, table, targets, block=items).backward()
    assert whole.entries >= users * items


def test_the_default_block_bounds_the_memory() -> None:
    users, items = 512, 20_000
    vectors, table = torch.randn(users, 2, requires_grad=True), torch.randn(items + 1, 2, requires_grad=True)
    with LargestTensor() as largest:
        catalogue_softmax(vectors, table, torch.ones(users, dtype=torch.int64)).backward()
    assert largest.entries <= 2**22 < users * items


@pytest.mark.parametrize(
    ("vectors", "table", "targets", "block", "message"),
    [
        ((2, 3), (5, 4), 2, None, "expected B x d"),
        ((3,), (5, 3), 3, None, "expected B x d"),
        ((2, 3), (5, 3), 3, None, "expected 2 targets"),
        ((0, 3), (5, 3), 0, None, "one at least"),
        ((2, 3), (5, 3), 2, 0, "must be positive"),
    ],
)
def test_refuses(
    vectors: tuple[int, ...], table: tuple[int, ...], targets: int, block: int | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        catalogue_softmax(torch.ones(vectors), torch.ones(table), torch.ones(targets, dtype=torch.int64), block=block)
