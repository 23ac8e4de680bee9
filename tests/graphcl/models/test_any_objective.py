"""A graph model under every objective of the library, by its name alone."""

from pathlib import Path
from typing import Any

import pytest
import torch

from core.objectives import objectives
from core.run_folder import RunFolder
from core.trainer import Trainer
from tests.graphcl.models.build import built, trained
from tests.graphcl.tiny_graph import tiny_graph

SMALL: dict[str, Any] = {"encoder": {"hidden": 8, "head": 6}, "views": {"top_k": 5}}
FITTING: dict[str, dict[str, Any]] = {
    **{name: {"clusters": [3, 5]} for name in ("meow", "proto-nce", "weighted-info-nce")},
    "subspace-gates": {"groups": 4},
    "beclr": {"clusters": 3, "capacity": 48, "start_epoch": 0},
    "swapped-prediction": {"prototypes": 6},
}


def sections(name: str, epochs: int, **trainer: Any) -> dict[str, Any]:
    objective = {"name": name, **FITTING.get(name, {})}
    return {**SMALL, "objective": objective, "trainer": {"epochs": epochs, "patience": None, **trainer}}


@pytest.mark.parametrize("name", objectives.names())
def test_it_learns_and_logs(name: str) -> None:
    task, trainer = trained("adameow", tiny_graph(("PP", "PACAP")), **sections(name, 30))
    assert trainer is not None
    losses = trainer.history.column("loss")[1]
    assert min(losses[-5:]) < losses[0]
    found = task.evaluate()
    for diagnostic in ("alignment", "uniformity", "tolerance"):
        assert f"diagnostics/{diagnostic}" in found
        assert len(trainer.history.column(f"diagnostics/{diagnostic}")[0]) == 30


@pytest.mark.parametrize(
    "name", ["mv-info-nce", "swapped-prediction", "subspace-gates", "propagation", "mixed-pairs", "beclr"]
)
def test_a_resumed_run_equals_an_uninterrupted_one(name: str, tmp_path: Path) -> None:
    def run(epochs: int, folder: RunFolder | None, *, resume: bool = False) -> torch.Tensor:
        task, settings = built("adameow", tiny_graph(("PP", "PACAP")), **sections(name, epochs, keep="last"))
        Trainer(settings.trainer, folder=folder).fit(task, resume=resume)
        return torch.from_numpy(task.embeddings()[1])

    folder = RunFolder.create(tmp_path / "run")
    run(2, folder)
    assert torch.equal(run(5, folder, resume=True), run(5, None))


def test_all_fine_views_take_part_where_an_objective_compares_many() -> None:
    task, _ = built("meow", tiny_graph(("PP", "PACAP")), **sections("mv-dhel", 1))
    views = task.contrasted(task.encoder(next(iter(task.batches(0))), each=True))  # type: ignore[attr-defined]
    assert len(views.all) == 2 + 2 * 2
    for view in views.all:
        torch.testing.assert_close(view.norm(dim=1), torch.ones(37))


@pytest.mark.parametrize("name", ["beclr", "propagation"])
def test_a_teacher_follows_the_encoder_and_survives_a_break(name: str, tmp_path: Path) -> None:
    def run(epochs: int, folder: RunFolder | None, *, resume: bool = False) -> dict[str, torch.Tensor]:
        given = sections(name, 6, keep="last")
        given["objective"] |= {"momentum": 0.5}
        task, settings = built("adameow", tiny_graph(("PP", "PACAP")), **given)
        Trainer(settings.trainer.model_copy(update={"epochs": epochs}), folder=folder).fit(task, resume=resume)
        return dict(task.module.state_dict())

    folder = RunFolder.create(tmp_path / "run")
    half = {key: value.clone() for key, value in run(3, folder).items() if isinstance(value, torch.Tensor)}
    whole, resumed = run(6, None), run(6, folder, resume=True)
    taught = [key for key in half if key.startswith("teacher.slow.")]
    assert taught
    for key in taught:
        assert torch.equal(resumed[key], whole[key])
        assert key.replace("teacher.slow.", "encoder.") in whole
    assert any(not torch.equal(whole[key], half[key]) for key in taught)
    assert any(not torch.equal(whole[key], whole[key.replace("teacher.slow.", "encoder.")]) for key in taught)


@pytest.mark.parametrize("model", ["raw-features", "multistage"])
def test_models_without_a_choice_are_diagnosed_as_well(model: str) -> None:
    staged = {"stages": {"count": 1}, "trainer": {"epochs": 2}} if model == "multistage" else {}
    task, _ = trained(model, tiny_graph(("PP", "PACAP")), **(SMALL | staged if staged else {}))
    assert {"diagnostics/uniformity", "diagnostics/tolerance"} <= task.evaluate().keys()
