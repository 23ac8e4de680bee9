"""The update step: accumulation, clipping and separation of optimisers."""

import pytest
import torch
from torch import nn

from core.devices import open_fabric
from core.trainer import share_batches
from core.updates import Updates

FABRIC = open_fabric("cpu")


def test_accumulated_losses_make_the_step_of_their_mean() -> None:
    torch.manual_seed(0)
    inputs, first, second = torch.randn(12, 3), nn.Linear(3, 1), nn.Linear(3, 1)
    second.load_state_dict(first.state_dict())
    whole = Updates(FABRIC, {"o": torch.optim.SGD(first.parameters(), lr=0.1)})
    parts = Updates(FABRIC, {"o": torch.optim.SGD(second.parameters(), lr=0.1)}, accumulate=3)
    whole("o", first(inputs).square().mean())
    for chunk in inputs.split(4):
        parts("o", second(chunk).square().mean())
    torch.testing.assert_close(first.weight, second.weight)


def test_a_short_last_group_steps_with_its_own_mean() -> None:
    weight = nn.Parameter(torch.tensor(1.0))
    updates = Updates(FABRIC, {"o": torch.optim.SGD([weight], lr=1.0)}, accumulate=3)
    updates("o", weight * 2.0)
    updates("o", weight * 4.0)
    assert weight.item() == 1.0
    updates.flush()
    assert weight.item() == 1.0 - 3.0
    updates.flush()
    assert weight.item() == -2.0


def test_clipping_bounds_the_norm_of_the_step() -> None:
    weight = nn.Parameter(torch.tensor([3.0, 4.0]))
    updates = Updates(FABRIC, {"o": torch.optim.SGD([weight], lr=1.0)}, clip_norm=0.5)
    updates("o", weight.square().sum())
    torch.testing.assert_close(weight.detach(), torch.tensor([3.0 - 0.3, 4.0 - 0.4]))


def test_one_optimisers_loss_leaves_the_others_gradients_alone() -> None:
    a, b = nn.Parameter(torch.tensor(2.0)), nn.Parameter(torch.tensor(3.0))
    optimizers = {"a": torch.optim.SGD([a], lr=1.0), "b": torch.optim.SGD([b], lr=1.0)}
    updates = Updates(FABRIC, optimizers, accumulate=2)
    for _ in range(2):
        updates("a", a * b)  # depends on b too, which belongs to the other optimiser
        updates("b", 0.5 * b)
    assert a.item() == 2.0 - 3.0
    assert b.item() == 3.0 - 0.5


def test_unused_and_frozen_parameters_are_left_alone() -> None:
    used, unused = nn.Parameter(torch.tensor(1.0)), nn.Parameter(torch.tensor(1.0))
    frozen = nn.Parameter(torch.tensor(1.0), requires_grad=False)
    updates = Updates(FABRIC, {"o": torch.optim.SGD([used, unused, frozen], lr=1.0)}, clip_norm=10.0)
    updates("o", 2.0 * used * frozen)
    assert (used.item(), unused.item(), frozen.item()) == (-1.0, 1.0, 1.0)


class OneOfTwo:
    """Stands for Fabric on the first of two processes; the other one's gradients are all 5."""

    world_size = 2

    def backward(self, loss: torch.Tensor, inputs: list[torch.Tensor]) -> None:
        loss.backward(inputs=inputs)

    def all_reduce(self, values: torch.Tensor, reduce_op: str) -> torch.Tensor:
        assert reduce_op == "mean"
        return (values + 5.0) / 2


def test_processes_step_with_the_mean_of_their_gradients() -> None:
    first, second = nn.Parameter(torch.zeros(2, 2)), nn.Parameter(torch.zeros(3))
    optimizer = torch.optim.SGD([first, second], lr=1.0)
    updates = Updates(OneOfTwo(), {"o": optimizer})  # type: ignore[arg-type]
    updates("o", first.sum() + 3 * second.sum())
    assert first.tolist() == [[-3.0, -3.0], [-3.0, -3.0]]
    assert second.tolist() == [-4.0, -4.0, -4.0]


@pytest.mark.parametrize(
    ("batches", "shares"),
    [
        (range(7), [[0, 3], [1, 4], [2, 5]]),  # as many for each: the seventh is left out
        (range(2), [[0, 1], [0, 1], [0, 1]]),  # fewer than processes: all do them
        (range(0), [[], [], []]),
    ],
)
def test_batches_are_shared_equally(batches: range, shares: list[list[int]]) -> None:
    assert [list(share_batches(iter(batches), rank, 3)) for rank in range(3)] == shares
    assert list(share_batches(batches, 0, 1)) == list(batches)
