"""Every objective as a model uses it: the loss that it names, gradients for all it learns, and its whole state."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core import losses
from core.objectives import Objective, Offer, Views, build_objective, objectives

ROWS, WIDTH = 24, 6
SMALL: dict[str, dict[str, Any]] = {
    "meow": {"clusters": [3, 5]},
    "proto-nce": {"clusters": [3, 5]},
    "weighted-info-nce": {"clusters": [3, 5]},
    "subspace-gates": {"groups": 4},
    "beclr": {"clusters": 3, "capacity": 48, "start_epoch": 0},
    "swapped-prediction": {"prototypes": 5, "queue": 8},
}
PLAIN = {
    "info-nce": losses.info_nce,
    "nt-xent": losses.nt_xent,
    "dcl": losses.dcl,
    "dclw": losses.dclw,
}


def rows(count: int, seed: int = 0) -> list[Tensor]:
    torch.manual_seed(seed)
    points = torch.nn.functional.normalize(torch.randn(count, ROWS, WIDTH), dim=2)
    return [view.requires_grad_() for view in points]


def edges(most: int) -> Tensor:
    numbers = torch.arange(ROWS).repeat(most)
    steps = torch.arange(1, most + 1).repeat_interleave(ROWS)
    return torch.stack([numbers, (numbers + steps) % ROWS])


def built(name: str, **settings: Any) -> Objective:
    torch.manual_seed(7)
    offer = Offer(
        place="model on data",
        width=WIDTH,
        rows=ROWS,
        rows_are="nodes",
        views=4,
        neighbours=edges,
        targets=lambda: torch.arange(float(ROWS)),
    )
    return build_objective(objectives.get(name).settings(**{**SMALL.get(name, {}), **settings}), offer)


@pytest.mark.parametrize("name", objectives.names())
def test_gradients_reach_the_views_and_all_that_is_learnt(name: str) -> None:
    objective = built(name)
    anchor, other, third, fourth = rows(4)
    parts = objective(Views(anchor, other, (third, fourth)))
    assert parts["loss"].shape == ()
    assert torch.isfinite(parts["loss"])
    parts["loss"].backward()
    assert anchor.grad is not None
    assert anchor.grad.abs().sum() > 0
    takes_all = objectives.get(name).settings().takes_all_views
    assert (third.grad is not None) == takes_all
    if isinstance(objective, nn.Module):
        learnt = dict(objective.named_parameters())
        assert [key for key, one in learnt.items() if one.grad is None or not one.grad.abs().sum() > 0] == []


@pytest.mark.parametrize("name", objectives.names())
def test_blocks_change_nothing(name: str) -> None:
    found = []
    for block in (None, 7):
        objective = built(name, block=block)
        views = rows(4)
        torch.manual_seed(3)
        loss = objective(Views(views[0], views[1], tuple(views[2:])))["loss"]
        loss.backward()
        found.append((loss.detach(), views[0].grad))
    torch.testing.assert_close(found[0], found[1])


@pytest.mark.parametrize("name", PLAIN)
def test_the_name_stands_for_its_loss(name: str) -> None:
    anchor, other = rows(2)
    temperature = objectives.get(name).settings().temperature  # type: ignore[attr-defined]
    expected = PLAIN[name](anchor, other, temperature=temperature)
    torch.testing.assert_close(built(name)(Views(anchor, other))["loss"], expected)


@pytest.mark.parametrize("name", ["mv-info-nce", "mv-dhel", "cacr", "swapped-prediction"])
def test_many_views_may_be_taken_as_two(name: str) -> None:
    assert objectives.get(name).settings().takes_all_views
    assert not objectives.get(name).settings(views="two").takes_all_views


@pytest.mark.parametrize("name", objectives.names())
def test_a_restored_objective_goes_on_as_it_would_have(name: str) -> None:
    first = built(name)
    if not isinstance(first, nn.Module):
        return
    first.train()
    steps = [rows(4, seed) for seed in range(3)]
    for views in steps[:2]:
        first(Views(views[0], views[1], tuple(views[2:])))
    second = built(name)
    assert isinstance(second, nn.Module)
    second.load_state_dict({key: value.clone() for key, value in first.state_dict().items()})
    second.train()
    found = []
    for one in (first, second):
        torch.manual_seed(5)
        found.append(one(Views(*steps[2][:2], tuple(steps[2][2:])))["loss"].detach())
    assert torch.equal(*found)


def test_prototypes_of_their_own_weight() -> None:
    views = Views(*rows(2))
    torch.manual_seed(1)
    parts = built("meow", prototype_weight=0.5)(views)
    torch.testing.assert_close(parts["loss"], parts["contrast"] + 0.5 * parts["prototypes"])
    torch.manual_seed(1)
    alone = built("weighted-info-nce")(views)["loss"]
    torch.manual_seed(1)
    torch.testing.assert_close(built("meow", prototype_weight=0.0)(views)["loss"], alone)
    torch.manual_seed(1)
    instances = built("proto-nce", prototype_weight=0.0)(views)["loss"]
    torch.testing.assert_close(instances, built("info-nce")(views)["loss"])


@pytest.mark.parametrize("name", objectives.names())
def test_a_row_of_zeros_asks_for_no_direction(name: str) -> None:
    anchor, other, *more = rows(4)
    with torch.no_grad():
        other[5] = 0
    built(name)(Views(3 * anchor, other, tuple(more)).normalised())["loss"].backward()
    assert other.grad is not None
    assert torch.isfinite(other.grad).all()
    assert other.grad[5].abs().sum() == 0
    assert other.grad.abs().max() < 100


def test_normalised_rows_have_length_one() -> None:
    anchor, other, third = (5 * row for row in rows(3))
    for view, unit in zip((anchor, other, third), Views(anchor, other, (third,)).normalised().all, strict=True):
        torch.testing.assert_close(unit, torch.nn.functional.normalize(view, dim=1))
