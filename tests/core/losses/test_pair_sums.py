import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.losses.pair_sums import separable_tanh


@settings(max_examples=40, deadline=None)
@given(
    spread=st.floats(0, 6),
    centre=st.floats(-8, 8),
    rows=st.integers(1, 12),
    columns=st.integers(1, 12),
    seed=st.integers(0, 99),
)
def test_the_product_is_tanh_of_the_sums(spread: float, centre: float, rows: int, columns: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    a = centre + spread * (2 * torch.rand(rows, 3, generator=generator, dtype=torch.float64) - 1)
    b = spread * (2 * torch.rand(columns, 3, generator=generator, dtype=torch.float64) - 1)
    v = torch.randn(3, generator=generator, dtype=torch.float64)
    factors = separable_tanh(a, b, v)
    if factors is None:  # the sums spread too far for it to pay in double precision
        assert spread > 2
        return
    exact = torch.tanh(a[:, None] + b) @ v
    torch.testing.assert_close(factors[0] @ factors[1].T, exact, rtol=1e-12, atol=1e-13)


def test_a_wider_spread_takes_more_terms_until_it_does_not_pay() -> None:
    v = torch.ones(1)
    widths = []
    for spread in (0.1, 0.5, 2.0):
        both = torch.tensor([[-spread], [spread]])
        factors = separable_tanh(both, both, v)
        assert factors is not None
        widths.append(factors[0].shape[1])
    assert widths == sorted(set(widths))
    assert separable_tanh(torch.zeros(1, 1), torch.tensor([[-50.0], [50.0]]), v) is None


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_columns_give_finite_gradients(dtype: torch.dtype) -> None:
    b = torch.full((3, 2), 0.7, dtype=dtype, requires_grad=True)
    a = torch.zeros(4, 2, dtype=dtype, requires_grad=True)
    factors = separable_tanh(a, b, torch.ones(2, dtype=dtype))
    assert factors is not None
    (factors[0] @ factors[1].T).sum().backward()
    slope = 1 - torch.tanh(torch.tensor(0.7, dtype=dtype)) ** 2
    torch.testing.assert_close(a.grad, (3 * slope).expand(4, 2), rtol=1e-6, atol=0)
    assert b.grad is not None
    assert b.grad.isfinite().all()


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e20])
def test_sums_beyond_all_bounds_are_left_to_tanh_itself(bad: float) -> None:
    sums = torch.tensor([[0.0], [bad]])
    assert separable_tanh(sums, torch.zeros(2, 1), torch.ones(1)) is None
