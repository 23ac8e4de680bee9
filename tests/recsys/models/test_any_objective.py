"""Recommenders under every objective of the library that batches of histories can serve."""

from typing import Any

import pytest

from core.errors import UserError
from core.objectives import objectives
from tests.recsys.models.build import built, tiny_log, trained

SERVED = [name for name in objectives if not objectives.get(name).needs]
FITTING: dict[str, dict[str, Any]] = {
    **{name: {"clusters": [3, 5]} for name in ("meow", "proto-nce", "weighted-info-nce")},
    "subspace-gates": {"groups": 4},
    "beclr": {"clusters": 3, "capacity": 48, "start_epoch": 0},
    "swapped-prediction": {"prototypes": 6, "queue": 12},
}


def sections(name: str) -> dict[str, Any]:
    return {"objective": {"name": name, **FITTING.get(name, {})}, "contrast": {"weight": 0.1}}


@pytest.mark.parametrize("model", ["cl4srec", "mclrec"])
@pytest.mark.parametrize("name", SERVED)
def test_it_trains_and_logs(name: str, model: str) -> None:
    task, trainer = trained(model, tiny_log(), **sections(name))
    for part in ("loss", "contrast", "diagnostics/alignment", "diagnostics/uniformity"):
        assert len(trainer.history.column(part)[0]) == 2
    held = {id(parameter) for parameter in task.module.parameters()}
    moved = [
        one for optimizer in task.optimizers.values() for group in optimizer.param_groups for one in group["params"]
    ]
    assert len(moved) == len(held) == len({id(one) for one in moved} & held)


@pytest.mark.parametrize("name", [name for name in objectives if objectives.get(name).needs])
def test_what_histories_cannot_serve_is_said_at_once(name: str) -> None:
    with pytest.raises(UserError, match=f"objective {name} needs .*; cl4srec on tiny has none"):
        built("cl4srec", tiny_log(), **sections(name))


@pytest.mark.parametrize(("name", "contrasts"), [("dcl", 4), ("mv-dhel", 2)])
def test_many_views_are_compared_at_once(name: str, contrasts: int) -> None:
    task, _ = built("mclrec", tiny_log(), **sections(name))
    assert len(task.module.get_submodule("contrasts")._modules) == contrasts


def test_a_teacher_is_not_to_be_had() -> None:
    with pytest.raises(
        UserError, match=r"objective\.momentum asks for a momentum copy .*cl4srec on tiny does not have"
    ):
        built("cl4srec", tiny_log(), objective={"name": "beclr", "momentum": 0.99})


@pytest.mark.parametrize("model", ["sasrec", "cl4srec"])
def test_the_evaluation_ends_with_diagnostics(model: str) -> None:
    task, _ = trained(model, tiny_log())
    found = task.evaluate()
    assert 0 <= found["diagnostics/alignment"] <= 4
    assert -4 <= found["diagnostics/uniformity"] <= 0
