import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.losses import AssignmentQueue, SwappedPrediction, swapped_prediction
from tests.core.losses.agreement import LargestTensor, assert_same, assert_single_precision_is_near
from tests.core.losses.test_sinkhorn import slow as slow_assignments

Views = tuple[Tensor, Tensor]


def slow(
    views: list[Tensor], prototypes: Tensor, temperature: float, epsilon: float, queues: list[Tensor] | None = None
) -> Tensor:
    """mean over ordered pairs of views and over rows of -sum_k q_v^k log p_w^k, one row and prototype at a time."""
    count, assigned = len(views[0]), []
    for v, view in enumerate(views):
        rows = view.detach() if queues is None else torch.cat([view.detach(), queues[v]])
        assigned.append(slow_assignments(rows @ prototypes.detach().T, epsilon, 3)[:count])
    total = views[0].new_zeros(())
    for v in range(len(views)):
        for w in range(len(views)):
            for i in range(count if v != w else 0):
                exponentials = [torch.exp(views[w][i] @ c / temperature) for c in prototypes]
                for k, one in enumerate(exponentials):
                    total = total - assigned[v][i, k] * torch.log(one / sum(exponentials))
    return total / (count * len(views) * (len(views) - 1))


@pytest.fixture
def prototypes() -> Tensor:
    generator = torch.Generator().manual_seed(2)
    return functional.normalize(torch.randn(5, 6, generator=generator, dtype=torch.float64), dim=1).requires_grad_()


@pytest.mark.parametrize("block", [1, 7, 23, 24, None])
@pytest.mark.parametrize("temperature", [0.2, 1.0])
def test_equals_the_reference(views: Views, prototypes: Tensor, temperature: float, block: int | None) -> None:
    found = swapped_prediction(views, prototypes, temperature=temperature, epsilon=0.1, block=block)
    assert_same(found, slow(list(views), prototypes, temperature, 0.1), [*views, prototypes])


def test_three_views_equal_the_reference(views: Views, prototypes: Tensor) -> None:
    third = functional.normalize(views[0].detach() + 0.4, dim=1).requires_grad_()
    found = swapped_prediction([*views, third], prototypes, temperature=0.3, epsilon=0.1, block=6)
    assert_same(found, slow([*views, third], prototypes, 0.3, 0.1), [*views, third, prototypes])


def test_gradcheck(views: Views, prototypes: Tensor) -> None:
    """With assignments that no gradient flows through: numbers must not see them move either, so they are uniform."""

    def loss(first: Tensor, second: Tensor, centres: Tensor) -> Tensor:
        return swapped_prediction([first, second], centres, temperature=0.5, epsilon=1e12, block=3)

    few = [tensor.detach()[:5].requires_grad_() for tensor in (*views, prototypes)]
    assert torch.autograd.gradcheck(loss, few)


def test_rows_views_and_prototypes_may_stand_in_any_order(views: Views, prototypes: Tensor) -> None:
    generator = torch.Generator().manual_seed(3)
    order, names = torch.randperm(23, generator=generator), torch.randperm(5, generator=generator)
    plain = swapped_prediction(views, prototypes, temperature=0.3)
    moved = swapped_prediction([views[1][order], views[0][order]], prototypes[names], temperature=0.3, block=5)
    assert_same(moved, plain, [*views, prototypes])


def test_views_that_are_assigned_alike_are_foretold_at_their_entropy() -> None:
    """Soft assignments at epsilon = temperature foretell themselves: the loss of equal, balanced views is their H."""
    angles = torch.arange(12, dtype=torch.float64) * math.tau / 12
    points = torch.stack([angles.cos(), angles.sin()], dim=1)
    prototypes = points[::3]  # turned by a quarter, points and prototypes stay what they are: no scaling is needed
    loss = swapped_prediction([points, points], prototypes, temperature=0.4, epsilon=0.4)
    shares = (points @ prototypes.T / 0.4).softmax(dim=1)
    assert loss.item() == pytest.approx(-(shares * shares.log()).sum(dim=1).mean().item())


def test_one_prototype_leaves_nothing_to_foretell(views: Views) -> None:
    assert swapped_prediction(views, torch.ones(1, 6, dtype=torch.float64), temperature=0.1).item() == 0


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_large_scores_stay_exact_in_single_precision(views: Views, prototypes: Tensor, scale: float) -> None:
    def loss(first: Tensor, second: Tensor, centres: Tensor) -> Tensor:
        return swapped_prediction([first, second], centres, temperature=0.1, epsilon=0.05, block=7)

    assert_single_precision_is_near(loss, *(scale * view for view in views), prototypes, tolerance=2e-3)


def test_autocast_does_not_round(views: Views, prototypes: Tensor) -> None:
    single = [view.detach().float() for view in views]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = swapped_prediction(single, prototypes.detach().float(), temperature=0.1)
    assert rounded.item() == swapped_prediction(single, prototypes.detach().float(), temperature=0.1).item()


def test_no_tensor_is_larger_than_a_block() -> None:
    views = torch.randn(2, 3000, 2, requires_grad=True)
    with LargestTensor() as largest:
        swapped_prediction(list(views), torch.randn(40, 2), temperature=0.1, block=64).backward()
    assert largest.entries <= 2 * 3000 * 2  # the views; a block has 2 * 64 * 40


def test_queues_take_part_in_the_balance(views: Views, prototypes: Tensor) -> None:
    queues = [AssignmentQueue(9, 6).double() for _ in views]
    older = functional.normalize(torch.randn(2, 4, 6, dtype=torch.float64), dim=2)
    for queue, rows in zip(queues, older, strict=True):
        queue.push(rows)
    found = swapped_prediction(views, prototypes, temperature=0.3, epsilon=0.1, queues=queues, block=8)
    assert_same(found, slow(list(views), prototypes, 0.3, 0.1, list(older)), [*views, prototypes])
    assert (found - swapped_prediction(views, prototypes, temperature=0.3, epsilon=0.1)).abs() > 1e-6


def test_a_queue_keeps_the_latest_rows() -> None:
    queue = AssignmentQueue(5, 1)
    for batch in ([1.0, 2.0], [3.0, 4.0]):
        queue.push(torch.tensor(batch)[:, None])
    assert queue.rows[:, 0].tolist() == [3, 4, 1, 2, 0]
    assert queue.present.tolist() == [True] * 4 + [False]
    queue.push(torch.arange(5.0, 12.0)[:, None])
    assert queue.rows[:, 0].tolist() == [5, 6, 7, 8, 9]
    assert queue.present.all()


def test_the_module_learns_prototypes_and_fills_its_queues_in_training_only(views: Views) -> None:
    torch.manual_seed(0)
    module = SwappedPrediction(6, 5, queue=30).double()
    torch.testing.assert_close(module.prototypes().norm(dim=1), torch.ones(5, dtype=torch.float64))
    module.eval()(*views)
    assert not module.queues[0].present.any()
    loss = module.train()(*views)
    assert loss.item() == pytest.approx(
        swapped_prediction(views, module.prototypes(), temperature=0.1, epsilon=0.05).item()
    )
    loss.backward()
    assert module.weight.grad is not None
    assert module.weight.grad.abs().sum() > 0
    for queue, view in zip(module.queues, views, strict=True):
        assert torch.equal(queue.rows[:23], view)
        assert int(queue.present.sum()) == 23


def test_a_checkpoint_goes_on_where_it_was_made(views: Views) -> None:
    module, fresh = (SwappedPrediction(6, 5, queue=30).double() for _ in range(2))
    module(*views)
    fresh.load_state_dict(module.state_dict())
    for _ in range(2):
        assert module(*views).item() == fresh(*views).item()
    assert torch.equal(module.queues[1].rows, fresh.queues[1].rows)


def test_training_gives_each_prototype_one_planted_cluster() -> None:
    torch.manual_seed(0)
    centres = functional.normalize(torch.randn(4, 8), dim=1)
    truth = torch.arange(80) % 4
    views = [functional.normalize(centres[truth] + 0.15 * torch.randn(80, 8), dim=1) for _ in range(2)]
    module = SwappedPrediction(8, 12)
    optimiser = torch.optim.Adam(module.parameters(), lr=0.05)
    for _ in range(60):
        optimiser.zero_grad()
        module(*views).backward()
        optimiser.step()
    found = (views[0] @ module.prototypes().T).argmax(dim=1)
    shares = torch.zeros(12, 4).index_put_((found, truth), torch.ones(()), accumulate=True)
    assert int(shares.amax(dim=1).sum()) >= 78
    assert int((shares.sum(dim=1) > 0).sum()) > 4


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        ([(3, 2)], {}, "two N x d views"),
        ([(3, 2), (4, 2)], {}, "two N x d views"),
        ([(0, 2), (0, 2)], {}, "there must be points"),
        ([(3, 3), (3, 3)], {}, "prototypes"),
        ([(3, 2), (3, 2)], {"temperature": 0.0}, "temperature"),
        ([(3, 2), (3, 2)], {"epsilon": 0.0}, "epsilon"),
        ([(3, 2), (3, 2)], {"block": 0}, "block"),
        ([(3, 2), (3, 2)], {"queues": [AssignmentQueue(3, 2)]}, "one queue a view"),
    ],
)
def test_refuses(shapes: list[tuple[int, ...]], options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        swapped_prediction([torch.ones(shape) for shape in shapes], torch.eye(2), **{"temperature": 1.0, **options})  # type: ignore[arg-type]


def test_refuses_to_be_without_prototypes_or_rows() -> None:
    with pytest.raises(ValueError, match="prototypes"):
        SwappedPrediction(3, 0)
    with pytest.raises(ValueError, match="capacity"):
        AssignmentQueue(0, 3)
