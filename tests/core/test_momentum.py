import copy
import doctest
import itertools
import math

import pytest
import torch
from torch import Tensor, nn

import core.momentum
from core.momentum import CosineMomentum, MomentumCopy


def encoder() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, 2))


def move(module: nn.Module, generator: torch.Generator) -> None:
    """A step of some optimiser, and of the running statistics."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype))
    module(torch.randn(7, 3, generator=generator, dtype=next(module.parameters()).dtype))


def differ(one: nn.Module, other: nn.Module) -> list[str]:
    known = other.state_dict()
    return [name for name, tensor in one.state_dict().items() if not torch.equal(tensor, known[name])]


def test_starts_as_the_module_and_shares_nothing_with_it() -> None:
    module = encoder()
    slow = MomentumCopy(module, 0.9)
    assert differ(slow.slow, module) == []
    move(module, torch.Generator().manual_seed(0))
    assert differ(slow.slow, module) == list(module.state_dict())


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.996, 1.0])
def test_equals_the_closed_form(momentum: float) -> None:
    """After T updates, ``m^T p_0 + (1 - m) sum_t m^(T - t) p_t``."""
    module = encoder().double()
    slow, generator = MomentumCopy(module, momentum), torch.Generator().manual_seed(1)
    passed = [copy.deepcopy(dict(module.named_parameters()))]
    for _ in range(6):
        move(module, generator)
        slow.update(module)
        passed.append(copy.deepcopy(dict(module.named_parameters())))
    for name, found in slow.slow.named_parameters():
        expected = momentum**6 * passed[0][name]
        for t in range(1, 7):
            expected = expected + (1 - momentum) * momentum ** (6 - t) * passed[t][name]
        torch.testing.assert_close(found, expected.detach(), rtol=1e-13, atol=1e-14)


def test_follows_a_schedule() -> None:
    module = nn.Linear(1, 1, bias=False).double()
    slow = MomentumCopy(module, CosineMomentum(0.5, steps=4))
    expected = module.weight.item()
    for step in range(6):
        nn.init.constant_(module.weight, float(step))
        slow.update(module)
        momentum = 1 - 0.5 * (math.cos(math.pi * min(step, 4) / 4) + 1) / 2
        expected = momentum * expected + (1 - momentum) * step
        assert float(slow.slow.weight) == pytest.approx(expected)  # type: ignore[arg-type]


def test_buffers_are_the_modules() -> None:
    module, generator = encoder(), torch.Generator().manual_seed(1)
    slow = MomentumCopy(module, 0.99)
    move(module, generator)
    slow(torch.randn(9, 3, generator=generator))  # its own statistics do not last
    slow.update(module)
    for one, other in zip(slow.slow.buffers(), module.buffers(), strict=True):
        assert torch.equal(one, other)
        assert one is not other


def test_gives_no_gradient_and_takes_none() -> None:
    module = encoder()
    module(torch.randn(4, 3)).sum().backward()
    slow = MomentumCopy(module, 0.9)
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in slow.parameters())
    assert not slow(torch.randn(4, 3, requires_grad=True)).requires_grad
    both = nn.ModuleDict({"fast": module, "slow": slow})
    optimiser = torch.optim.Adam(both.parameters(), lr=0.1, weight_decay=1.0)
    before = copy.deepcopy(slow.state_dict())
    (module(torch.randn(4, 3)) - slow(torch.randn(4, 3)).detach()).square().sum().backward()
    optimiser.step()
    for name, tensor in slow.slow.named_parameters():
        assert torch.equal(tensor, before[f"slow.{name}"])
    slow.update(module)
    assert all(parameter.requires_grad for parameter in module.parameters())
    assert not any(parameter.requires_grad for parameter in slow.parameters())


def test_dropout_follows_the_mode_unless_told_to_stay_out_of_training() -> None:
    both = nn.ModuleDict(
        {"follows": MomentumCopy(encoder(), 0.9), "stays": MomentumCopy(encoder(), 0.9, evaluating=True)}
    )
    rows = torch.randn(8, 3)
    for training in (True, False):
        both.train(training)
        torch.manual_seed(1)
        assert torch.equal(both["stays"](rows), both["stays"](rows))
        assert torch.equal(both["follows"](rows), both["follows"](rows)) is not training
    assert MomentumCopy(encoder().eval(), 0.9).slow.training is False


def test_is_called_like_the_module() -> None:
    class Two(nn.Module):
        def forward(self, rows: Tensor, *, scale: float) -> tuple[Tensor, Tensor]:
            return rows, scale * rows

    one, other = MomentumCopy(Two(), 0.9)(torch.ones(2), scale=3.0)
    assert one.tolist() == [1, 1]
    assert other.tolist() == [3, 3]
    slow = MomentumCopy(Two(), 0.9)
    slow.update(Two())  # nothing to average
    assert slow.step == 1


def test_a_checkpoint_goes_on_where_it_was_made() -> None:
    module, generator = encoder(), torch.Generator().manual_seed(3)
    schedule = CosineMomentum(0.5, steps=8)
    slow, fresh = MomentumCopy(module, schedule), MomentumCopy(encoder(), schedule)
    for _ in range(3):
        move(module, generator)
        slow.update(module)
    state = slow.state_dict()
    assert all(isinstance(value, Tensor) for value in state.values())
    fresh.load_state_dict(state)
    for _ in range(3):
        move(module, generator)
        slow.update(module)
        fresh.update(module)
    assert differ(slow, fresh) == []
    assert fresh.step == 6


def test_parameters_that_two_layers_share_move_once() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(2, 2, bias=False)
            self.second = nn.Linear(2, 2, bias=False)
            self.second.weight = self.first.weight

    module = Tied()
    slow = MomentumCopy(module, 0.75)
    nn.init.constant_(slow.slow.first.weight, 4.0)  # type: ignore[union-attr, arg-type]
    nn.init.zeros_(module.first.weight)
    slow.update(module)
    assert slow.slow.first.weight is slow.slow.second.weight  # type: ignore[union-attr]
    assert float(slow.slow.first.weight[0, 0]) == 3  # type: ignore[union-attr, index]


def test_mixed_types_and_whole_numbers_in_buffers() -> None:
    module = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).double())
    module.register_buffer("count", torch.tensor(3))
    slow = MomentumCopy(module, 0.5)
    module.register_buffer("count", torch.tensor(8))
    nn.init.zeros_(module[1].weight)  # type: ignore[arg-type]
    before = slow.slow[1].weight.clone()  # type: ignore[index]
    slow.update(module)
    assert int(slow.slow.count) == 8  # type: ignore[arg-type]
    torch.testing.assert_close(slow.slow[1].weight, before / 2)  # type: ignore[index]


def test_cosine_momentum_rises_to_its_end() -> None:
    schedule = CosineMomentum(0.99, steps=100)
    values = [schedule(step) for step in range(120)]
    assert values[0] == pytest.approx(0.99)
    assert all(one <= other for one, other in itertools.pairwise(values))
    assert values[50] == pytest.approx(0.995)
    assert values[100:] == [1.0] * 20


def test_examples() -> None:
    assert doctest.testmod(core.momentum).failed == 0


def test_refuses() -> None:
    for momentum in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="momentum"):
            MomentumCopy(nn.Linear(2, 2), momentum)
        with pytest.raises(ValueError, match="momentum"):
            CosineMomentum(momentum, steps=3)
    with pytest.raises(ValueError, match="momentum"):
        MomentumCopy(nn.Linear(2, 2), lambda step: 2.0).update(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="steps"):
        CosineMomentum(0.9, steps=0)
    with pytest.raises(ValueError, match="differ in bias"):
        MomentumCopy(nn.Linear(2, 2), 0.9).update(nn.Linear(2, 2, bias=False))
    with pytest.raises(ValueError, match="differ in weight"):
        MomentumCopy(nn.Linear(2, 2, bias=False), 0.9).update(nn.Linear(1, 2, bias=False))
    with pytest.raises(ValueError, match="running_mean"):
        MomentumCopy(nn.BatchNorm1d(2), 0.9).update(nn.BatchNorm1d(2, track_running_stats=False))
    with pytest.raises(ValueError, match="lazy"):
        MomentumCopy(nn.LazyLinear(2), 0.9)
