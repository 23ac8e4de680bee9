import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.losses.blockwise import blockwise_mean


def squares(rows: torch.Tensor, shared: torch.Tensor) -> torch.Tensor:
    return ((rows @ shared.T) ** 2).sum(dim=1)


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 23), columns=st.integers(1, 9), block=st.integers(1, 30))
def test_equals_the_dense_mean_for_any_block(count: int, columns: int, block: int) -> None:
    generator = torch.Generator().manual_seed(count)
    rows = torch.randn(count, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    shared = torch.randn(columns, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    dense = squares(rows, shared).mean()
    expected = torch.autograd.grad(dense, [rows, shared])
    value = blockwise_mean(squares, [rows], [shared], block=block)
    found = torch.autograd.grad(3 * value, [rows, shared])
    torch.testing.assert_close(value, dense, rtol=1e-12, atol=1e-12)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, 3 * other, rtol=1e-12, atol=1e-12)


def test_gradcheck() -> None:
    rows = torch.randn(7, 3, dtype=torch.float64, requires_grad=True)
    shared = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda a, b: blockwise_mean(squares, [a], [b], block=3), [rows, shared])


def test_a_tensor_without_gradient_gets_none() -> None:
    rows = torch.randn(7, 3, requires_grad=True)
    shared = torch.randn(5, 3)
    blockwise_mean(squares, [rows], [shared]).backward()
    assert rows.grad is not None
    assert shared.grad is None


def test_without_gradients_nothing_is_recorded() -> None:
    with torch.no_grad():
        value = blockwise_mean(squares, [torch.ones(3, 2)], [torch.ones(2, 2)])
    assert not value.requires_grad
    assert value.item() == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("rows", "block"),
    [([], 2), ([torch.ones(0, 2)], 2), ([torch.ones(3), torch.ones(2)], 2), ([torch.ones(3)], 0)],
)
def test_refuses_what_has_no_mean(rows: list[torch.Tensor], block: int) -> None:
    with pytest.raises(ValueError, match=r"mean|differ|positive"):
        blockwise_mean(lambda *parts: parts[0], rows, [], block=block)
