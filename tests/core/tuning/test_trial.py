"""One trial: its score, what is reported of it, and that watching changes no number."""

import pytest
import torch
from rich.console import Console

from core.command_line.plan import Plan
from core.devices import open_fabric
from core.errors import UserError
from core.randomness import seed_all
from core.settings import TrainerSettings
from core.trainer import Trainer
from core.tuning.trial import Report, Score, train_once
from tests.core.tiny_domain import models
from tests.core.tiny_models.tiny import TinySettings, TinyTask


def train(report: Report | None = None, **settings: object) -> Score:
    trainer = TrainerSettings.model_validate({"monitor": "valid/height", **settings})
    entry = models.get("hill")
    plan = Plan(entry, entry.settings.model_validate({"trainer": trainer}))
    return train_once(plan, None, open_fabric("cpu"), Console(quiet=True), report)


def test_a_score_is_that_of_the_parameters_that_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    heights = [0.1, 0.7, 0.3]
    monkeypatch.setattr(
        "tests.core.tiny_models.hill.HillTask.validate", lambda task: {"valid/height": heights[task._epochs - 1]}
    )
    reported: list[tuple[int, float]] = []
    assert train(lambda *one: reported.append(one), epochs=3) == Score(0.7, 2, 3)
    assert reported == [(1, 0.1), (2, 0.7), (3, 0.7)]
    assert train(epochs=3, keep="last") == Score(0.3, 3, 3)
    assert train(epochs=3, mode="min") == Score(0.1, 1, 3)


def test_a_long_training_reports_every_tenth_epoch() -> None:
    epochs: list[int] = []
    train(lambda epoch, best: epochs.append(epoch), epochs=75)
    assert epochs == [*range(1, 51), 60, 70]
    epochs.clear()
    train(lambda epoch, best: epochs.append(epoch), epochs=75, validate_every=7)
    assert epochs == [7, 14, 21, 28, 35, 42, 49, 50, 60, 70]


def test_no_number_is_no_score(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.core.tiny_models.hill.HillTask.validate", lambda task: {"valid/height": float("nan")})
    reported: list[int] = []
    with pytest.raises(UserError, match="valid/height became nan"):
        train(lambda epoch, best: reported.append(epoch))
    assert reported == []


def test_watching_changes_no_number() -> None:
    seen: list[float] = []
    tasks = []
    for watch in (None, lambda row: seen.append(row["loss"])):
        seed_all(0)
        task = TinyTask(TinySettings())
        trainer = Trainer(TrainerSettings(epochs=3), after_epoch=watch)
        trainer.fit(task)
        tasks.append(task)
    assert seen == trainer.history.column("loss")[1]
    first, second = (task.module.state_dict() for task in tasks)
    assert all(torch.equal(first[name], second[name]) for name in first)
