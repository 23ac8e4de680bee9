import pytest
import torch

from core.dropout import dropout


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_drops_the_share_and_keeps_the_mean(rate: float) -> None:
    torch.manual_seed(0)
    x = torch.ones(1001, 301, requires_grad=True)
    dropped = dropout(x, rate, training=True)
    kept = dropped != 0
    assert float(kept.float().mean()) == pytest.approx(1 - rate, abs=0.003)
    assert float(dropped.detach()[kept].min()) == pytest.approx(1 / (1 - rate), rel=1e-3)
    assert float(dropped.detach().mean()) == pytest.approx(1, abs=0.01)
    gradient = torch.autograd.grad(dropped.sum(), x)[0]
    assert torch.equal(gradient, dropped.detach())
    # Neighbouring numbers come out of one draw: they must not know of each other.
    columns = kept.double() - kept.double().mean()
    lagged = (columns[:, 1:] * columns[:, :-1]).mean() / columns.var()
    assert abs(float(lagged)) < 0.01


def test_is_nothing_outside_training_and_at_rate_zero() -> None:
    x = torch.randn(5, 3)
    assert dropout(x, 0.5, training=False) is x
    assert dropout(x, 0.0, training=True) is x


def test_follows_the_global_generator() -> None:
    x = torch.ones(7, 5)
    torch.manual_seed(1)
    one, other = dropout(x, 0.5, training=True), dropout(x, 0.5, training=True)
    torch.manual_seed(1)
    assert torch.equal(dropout(x, 0.5, training=True), one)
    assert not torch.equal(one, other)
