"""The trainer on a tiny task: stopping, keeping, resuming, failing."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.errors import UserError
from core.history import read_history
from core.randomness import seed_all
from core.run_folder import RunFolder
from core.settings import TrainerSettings
from core.trainer import Trainer, TrainingSummary, load_kept
from tests.core.tiny_models.tiny import TinySettings, TinyTask


def fit(
    settings: TrainerSettings,
    folder: RunFolder | None = None,
    *,
    resume: bool = False,
    change: Callable[[TinyTask], None] = lambda task: None,
    record: dict[str, Any] | None = None,
) -> tuple[TinyTask, Trainer, TrainingSummary]:
    seed_all(0)
    task = TinyTask(TinySettings())
    change(task)
    trainer = Trainer(settings, folder=folder, record=record)
    return task, trainer, trainer.fit(task, resume=resume)


def without_time(trainer: Trainer) -> list[dict[str, float]]:
    return [{key: value for key, value in row.items() if key != "seconds"} for row in trainer.history.rows]


def same_parameters(one: TinyTask, other: TinyTask) -> bool:
    a, b = one.module.state_dict(), other.module.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_training_lowers_the_loss_and_repeats_bit_for_bit() -> None:
    first, trainer, summary = fit(TrainerSettings(epochs=30))
    second, again, _ = fit(TrainerSettings(epochs=30))
    losses = trainer.history.column("loss")[1]
    assert losses[-1] < 0.9 * losses[0]
    assert summary.epochs == 30
    assert same_parameters(first, second)
    assert without_time(trainer) == without_time(again)


def test_loss_parts_are_means_over_the_batches() -> None:
    seen: list[float] = []

    def watch(task: TinyTask) -> None:
        step = task.training_step

        def watched(batch: Any, update: Any) -> Any:
            parts = step(batch, update)
            seen.append(parts["again"].item())
            return parts

        task.training_step = watched  # type: ignore[method-assign]

    _, trainer, _ = fit(TrainerSettings(epochs=1), change=watch)
    assert trainer.history.rows[0]["again"] == pytest.approx(np.mean(seen), rel=1e-12)


def test_a_part_of_some_steps_is_averaged_over_those() -> None:
    def now_and_then(task: TinyTask) -> None:
        step, calls = task.training_step, []

        def stepped(batch: Any, update: Any) -> Any:
            calls.append(1)
            return {**step(batch, update), **({"rare": torch.tensor(3.0 + len(calls))} if len(calls) < 3 else {})}

        task.training_step = stepped  # type: ignore[method-assign]

    _, trainer, _ = fit(TrainerSettings(epochs=1), change=now_and_then)
    assert trainer.history.rows[0]["rare"] == 4.5


def test_learning_rates_are_recorded_as_the_epoch_used_them() -> None:
    def halve(task: TinyTask) -> None:
        optimizer = next(iter(task.optimizers.values()))
        task.schedulers = {"half": torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)}

    task, trainer, _ = fit(TrainerSettings(epochs=3), change=halve)
    name = next(iter(task.optimizers))
    rates = trainer.history.column(f"lr/{name}")[1]
    assert rates == pytest.approx([rates[0], rates[0] / 2, rates[0] / 4])


@pytest.mark.parametrize("break_after", [1, 4, 7])
def test_resumed_run_equals_an_unbroken_one(tmp_path: Path, break_after: int) -> None:
    whole, whole_trainer, _ = fit(TrainerSettings(epochs=10))
    folder = RunFolder.create(tmp_path / "run")
    fit(TrainerSettings(epochs=break_after), folder)
    resumed, trainer, summary = fit(TrainerSettings(epochs=10), folder, resume=True)
    assert same_parameters(whole, resumed)
    assert without_time(trainer) == without_time(whole_trainer)
    assert read_history(folder.history).rows == trainer.history.rows
    assert summary.train_seconds == pytest.approx(sum(trainer.history.column("seconds")[1]))


def test_resuming_without_a_checkpoint_starts_from_scratch(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    folder.history.write_text("epoch,loss\n1,5.0\n")  # killed before the first checkpoint
    whole, whole_trainer, _ = fit(TrainerSettings(epochs=4))
    resumed, trainer, _ = fit(TrainerSettings(epochs=4), folder, resume=True)
    assert same_parameters(whole, resumed)
    assert read_history(folder.history).rows == trainer.history.rows
    assert without_time(trainer) == without_time(whole_trainer)


def test_best_parameters_are_restored_and_kept_over_a_break(tmp_path: Path) -> None:
    def scripted(task: TinyTask) -> None:
        scores = iter([1.0, 5.0, 2.0, 3.0])
        task.validate = lambda: {"valid/score": next(scores)}  # type: ignore[method-assign]

    settings = {"monitor": "valid/score", "mode": "max"}
    best, _, summary = fit(TrainerSettings(epochs=4, **settings), change=scripted)  # type: ignore[arg-type]
    second, _, _ = fit(TrainerSettings(epochs=2, keep="last"))
    assert summary.best_epoch == 2
    assert same_parameters(best, second)

    folder = RunFolder.create(tmp_path / "run")
    fit(TrainerSettings(epochs=3, **settings), folder, change=scripted)  # type: ignore[arg-type]

    def worse(task: TinyTask) -> None:
        task.validate = lambda: {"valid/score": 0.0}  # type: ignore[method-assign]

    resumed, _, _ = fit(TrainerSettings(epochs=4, **settings), folder, resume=True, change=worse)  # type: ignore[arg-type]
    assert same_parameters(resumed, second)
    loaded = TinyTask(TinySettings())
    load_kept(loaded, folder)
    assert same_parameters(loaded, second)


def test_patience_stops_and_a_resumed_stop_stays_stopped(tmp_path: Path) -> None:
    def rising(task: TinyTask) -> None:
        scores = iter(range(100))
        task.validate = lambda: {"valid/score": float(next(scores))}  # type: ignore[method-assign]

    folder = RunFolder.create(tmp_path / "run")
    settings = TrainerSettings(epochs=50, patience=3, monitor="valid/score", mode="min")
    _, _, summary = fit(settings, folder, change=rising)
    assert (summary.epochs, summary.best_epoch) == (4, 1)
    _, _, again = fit(settings, folder, resume=True, change=rising)
    assert again.epochs == 4


def test_validation_comes_every_so_often_and_at_the_end() -> None:
    _, trainer, _ = fit(TrainerSettings(epochs=7, validate_every=3))
    assert trainer.history.column("valid/score")[0] == [3, 6, 7]


def test_unknown_monitor_names_what_is_measured() -> None:
    with pytest.raises(UserError, match=r"'los'.*measures only: loss, again, valid/score"):
        fit(TrainerSettings(epochs=2, monitor="los"))


def test_loss_that_is_not_finite_names_the_epoch_and_keeps_the_checkpoint(tmp_path: Path) -> None:
    def explode(task: TinyTask) -> None:
        step = task.training_step
        calls = iter(range(1000))

        def broken(batch: Any, update: Any) -> Any:
            parts = step(batch, update)
            return {**parts, "again": parts["again"] * (math.nan if next(calls) == 7 else 1.0)}

        task.training_step = broken  # type: ignore[method-assign]

    folder = RunFolder.create(tmp_path / "run")
    with pytest.raises(UserError, match=r"again became nan in epoch 3; .*lr"):
        fit(TrainerSettings(epochs=9, checkpoint_seconds=0), folder, change=explode)
    assert len(folder.checkpoints.load()["history"]) == 2


def test_changed_settings_are_refused_but_for_the_trainers(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    fit(TrainerSettings(epochs=2), folder, record={"seed": 0, "trainer": {"epochs": 2}})
    fit(TrainerSettings(epochs=3), folder, resume=True, record={"seed": 0, "trainer": {"epochs": 3}})
    with pytest.raises(UserError, match=r"differ .* in: seed"):
        fit(TrainerSettings(epochs=3), folder, resume=True, record={"seed": 1, "trainer": {"epochs": 3}})


def test_an_option_that_is_younger_than_the_checkpoint_and_off_is_no_change(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    fit(TrainerSettings(epochs=1), folder, record={"probe": {"lr": 1.0}})
    fit(TrainerSettings(epochs=2), folder, resume=True, record={"probe": {"lr": 1.0, "shots": None}, "new": None})
    with pytest.raises(UserError, match=r"differ .* in: probe"):
        fit(TrainerSettings(epochs=3), folder, resume=True, record={"probe": {"lr": 1.0, "shots": 1}})


def test_task_without_optimisers_is_not_trained(tmp_path: Path) -> None:
    def frozen(task: TinyTask) -> None:
        task.optimizers, task.schedulers = {}, {}

    folder = RunFolder.create(tmp_path / "run")
    task, _, summary = fit(TrainerSettings(epochs=5), folder, change=frozen)
    seed_all(0)
    assert summary.epochs == 0
    assert same_parameters(task, TinyTask(TinySettings()))
    loaded = TinyTask(TinySettings())
    load_kept(loaded, folder)
    assert same_parameters(loaded, task)


def test_bf16_autocasts_the_forward_pass_only() -> None:
    kinds: list[torch.dtype] = []

    def watch(task: TinyTask) -> None:
        task.encoder.register_forward_hook(lambda module, inputs, output: kinds.append(output.dtype))
        task.validate = lambda: {}  # type: ignore[method-assign]

    task, trainer, _ = fit(TrainerSettings(epochs=20, precision="bf16-mixed"), change=watch)
    losses = trainer.history.column("loss")[1]
    assert set(kinds) == {torch.bfloat16}
    assert losses[-1] < losses[0]
    assert {value.dtype for value in task.module.state_dict().values()} == {torch.float32}


def test_tensorboard_holds_the_scalars(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: PLC0415

    folder = RunFolder.create(tmp_path / "run")
    _, trainer, _ = fit(TrainerSettings(epochs=3), folder)
    events = EventAccumulator(str(folder.tensorboard))
    events.Reload()
    written = [event.value for event in events.Scalars("loss")]
    assert written == pytest.approx(trainer.history.column("loss")[1])


@pytest.mark.parametrize("other", [{"monitor": "again"}, {"mode": "max"}, {"keep": "last"}])
def test_what_chooses_the_kept_parameters_cannot_change_on_the_way(tmp_path: Path, other: dict[str, Any]) -> None:
    folder = RunFolder.create(tmp_path / "run")
    fit(TrainerSettings(epochs=2), folder)
    with pytest.raises(UserError, match=r"cannot change when a run goes on: it has loss min best"):
        fit(TrainerSettings(epochs=3, **other), folder, resume=True)
