import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from core.losses import contrastive_regulariser
from tests.core.losses import reference
from tests.core.losses.agreement import LargestTensor, assert_same, assert_single_precision_is_near

Views = tuple[Tensor, Tensor]


@pytest.mark.parametrize("block", [1, 5, 7, 23, 24, 45, 46, 100, None])
def test_equals_the_reference(views: Views, block: int | None) -> None:
    assert_same(contrastive_regulariser(*views, block=block), reference.contrastive_regulariser(*views), views)


@settings(deadline=None, max_examples=30)
@given(count=st.integers(2, 7), noise=st.floats(0.01, 3), block=st.integers(1, 15), seed=st.integers(0, 99))
def test_equals_the_reference_wherever_the_positives_stand(count: int, noise: float, block: int, seed: int) -> None:
    """With little noise the positives lead, with much of it they lie among the negatives."""
    generator = torch.Generator().manual_seed(seed)
    base = torch.randn(count, 3, generator=generator, dtype=torch.float64)
    first, second = (
        (base + noise * part).requires_grad_()
        for part in torch.randn(2, count, 3, generator=generator, dtype=torch.float64)
    )
    found = contrastive_regulariser(first, second, block=block)
    assert_same(found, reference.contrastive_regulariser(first, second), [first, second], 1e-10)
    assert found.item() >= 0


def test_gradcheck(views: Views) -> None:
    assert torch.autograd.gradcheck(lambda a, b: contrastive_regulariser(a, b, block=5), views)


def test_pairs_may_stand_in_any_order_and_views_change_places(views: Views) -> None:
    order = torch.randperm(23, generator=torch.Generator().manual_seed(2))
    shuffled = contrastive_regulariser(views[0][order], views[1][order], block=9)
    assert_same(shuffled, contrastive_regulariser(*views), views)
    assert_same(contrastive_regulariser(views[1], views[0]), contrastive_regulariser(*views), views)


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_single_precision(scale: float) -> None:
    """h1 and h2 are not normalised: scores of hundreds."""
    generator = torch.Generator().manual_seed(0)
    first, second = scale * torch.randn(2, 200, 6, generator=generator, dtype=torch.float64)
    assert_single_precision_is_near(contrastive_regulariser, first, second, tolerance=1e-5)


def test_closed_forms() -> None:
    """Leading positives: s+ - max s- and s+ - s-. Equal scores everywhere: nothing. Trailing ones: max s- - s-."""
    apart = torch.eye(5, dtype=torch.float64)
    assert contrastive_regulariser(apart, apart).item() == pytest.approx(2)
    assert contrastive_regulariser(3 * apart, apart).item() == pytest.approx(3 + (0.0 + 3.0))
    same = torch.ones(4, 2, dtype=torch.float64)
    assert contrastive_regulariser(same, same).item() == pytest.approx(0, abs=1e-12)
    # Twins are opposite: s+ = -1; of the two negatives one scores 1 and one -1.
    first, second = torch.tensor([[1.0], [-1.0]]), torch.tensor([[-1.0], [1.0]])
    assert contrastive_regulariser(first, second).item() == pytest.approx(1.0)


def test_autocast_does_not_round(views: Views) -> None:
    single = [view.detach().float() for view in views]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = contrastive_regulariser(*single)
    assert rounded.item() == contrastive_regulariser(*single).item()


def test_no_tensor_is_larger_than_a_block() -> None:
    views = torch.randn(2, 2000, 2, requires_grad=True)
    with LargestTensor() as largest:
        contrastive_regulariser(*views, block=16).backward()
    assert largest.entries <= 4000 * 16


@pytest.mark.parametrize(
    ("first", "second", "block", "message"),
    [((3, 2), (4, 2), None, "two N x d views"), ((1, 2), (1, 2), None, "two rows"), ((3, 2), (3, 2), 0, "block")],
)
def test_refuses(first: tuple[int, int], second: tuple[int, int], block: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        contrastive_regulariser(torch.ones(first), torch.ones(second), block=block)
