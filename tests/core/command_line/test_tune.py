"""`tune` from arguments to files, on a model whose best settings are known."""

import csv
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.command_line import main
from core.settings_files import read_settings_file
from tests.core.tiny_domain import domain
from tests.core.tiny_models.hill import TOP, HillTask

optuna = pytest.importorskip("optuna", reason="needs the extra: pip install '.[tune]'")

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
ROOT = Path(__file__).resolve().parents[3]
SPACE = (
    "kind: {choices: [flat, round]}\nx: {low: -1, high: 2}\nwidth: {low: 4, high: 64, log: true, when: {kind: flat}}\n"
)
TRIALS = 24


@pytest.fixture(autouse=True, scope="module")
def _test_targets_are_never_looked_at() -> Iterator[None]:
    def fail(task: HillTask) -> dict[str, float]:
        raise AssertionError("the test targets were looked at")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HillTask, "evaluate", fail)
        yield


@pytest.fixture(autouse=True)
def _reports_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the study of `found` draws its pictures, which cost a second."""
    monkeypatch.setattr("core.command_line.tune.write_report", lambda *_: None)


def tune(folder: Path, *arguments: object, space: str = SPACE) -> int:
    file = folder.with_name(f"{folder.name}.yaml")
    file.write_text(space, encoding="utf-8")
    words = ["tune", "--model", "hill", "--space", file, "--output", folder, "--device", "cpu", *arguments]
    return main([domain], CONFIGS, [str(word) for word in words])


def trials_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "trials.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studies") / "found"
    assert tune(folder, "--trials", TRIALS) == 0
    return folder


def test_the_top_of_the_hill_is_found(found: Path) -> None:
    best = read_settings_file(found / "best.yaml")
    assert best["x"] == pytest.approx(TOP, abs=0.15)
    assert best["kind"] == "round"
    assert best["trainer"]["monitor"] == "valid/height"
    complete = [one for one in trials_of(found) if one["state"] == "complete"]
    heights = [float(one["valid/height"]) for one in complete]
    assert max(heights) == pytest.approx(1 - (best["x"] - TOP) ** 2 - 1 / 4)
    assert {one["best epoch"] for one in complete} == {"4"}


def test_trials_without_prospects_end_early(found: Path) -> None:
    trials = trials_of(found)
    pruned = [one for one in trials if one["state"] == "pruned"]
    assert len(trials) == TRIALS
    assert TRIALS / 4 < len(pruned) < TRIALS
    assert all(int(one["trial"]) >= 5 for one in pruned)  # the first are what others are compared with


def test_a_setting_is_tried_only_where_its_condition_holds(found: Path) -> None:
    trials = trials_of(found)
    assert {one["kind"] for one in trials} == {"flat", "round"}
    assert all((one["width"] != "") == (one["kind"] == "flat") for one in trials)


def test_the_report_shows_the_history_and_each_setting(found: Path) -> None:
    page = (found / "report.html").read_text(encoding="utf-8")
    assert page.count("<figure>") == 2
    assert "Best trials" in page
    assert "Share of each setting in the differences" in page
    assert "Chosen by valid/height alone" in page


def test_the_best_settings_are_a_config(found: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HillTask, "evaluate", lambda task: {"quality/x": task.settings.x})
    words = ["--config", str(found / "best.yaml"), "--output", str(tmp_path / "run"), "--device", "cpu"]
    assert main([domain], CONFIGS, words) == 0
    best = read_settings_file(found / "best.yaml")
    assert read_settings_file(tmp_path / "run" / "settings.yaml") == best


def test_the_same_command_goes_on_to_the_same_trials(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tune(tmp_path / "once", "--trials", 8) == 0
    for trials in (1, 8, 8):
        assert tune(tmp_path / "often", "--trials", trials) == 0
    assert capsys.readouterr().out.count("\ntrial ") == 16
    columns = ("trial", "state", "valid/height", "x", "kind", "width")
    once, often = ([[one[key] for key in columns] for one in trials_of(tmp_path / name)] for name in ("once", "often"))
    assert once == often


def test_seeds_are_averaged(tmp_path: Path) -> None:
    assert tune(tmp_path / "study", "--trials", 1, "--seeds", "0,1,5", space="x: {low: 0, high: 1}\n") == 0
    (trial,) = trials_of(tmp_path / "study")
    assert float(trial["valid/height"]) == pytest.approx(1 - (float(trial["x"]) - TOP) ** 2 - 1 / 4 + 0.02)
    assert read_settings_file(tmp_path / "study" / "best.yaml")["seeds"] == [0, 1, 5]


def test_any_seed_will_do(tmp_path: Path) -> None:
    assert tune(tmp_path / "study", "--trials", 2, "--seeds", 2**32 - 1) == 0
    assert [one["state"] for one in trials_of(tmp_path / "study")] == ["complete", "complete"]


def test_values_that_were_tried_are_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[float] = []
    validate = HillTask.validate
    monkeypatch.setattr(HillTask, "validate", lambda task: trained.append(task.settings.x) or validate(task))
    assert tune(tmp_path / "study", "--trials", 9, "--no-prune", space="x: {choices: [0, 1]}\n") == 0
    assert sorted(trained) == [0.0] * 4 + [1.0] * 4
    assert len(trials_of(tmp_path / "study")) == 9


def test_failures_are_recorded_and_the_study_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    space = "x: {choices: [-2.5, 2.5, 0]}\nwidth: {choices: [4, 6]}\nheads: {choices: [1, 3]}\n"
    assert tune(tmp_path / "study", "--trials", 14, space=space) == 0
    trials = trials_of(tmp_path / "study")
    assert len(trials) == 14
    reasons = {one["error"] for one in trials if one["state"] == "failed"}
    assert {"valid/height became nan", "the air is too thin"} <= reasons
    assert any("3 heads do not share a width of 4" in reason for reason in reasons)
    assert all(one["x"] == "0" for one in trials if one["state"] == "complete")
    assert "failed: the air is too thin" in capsys.readouterr().out


def test_a_study_in_which_all_fails_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tune(tmp_path / "study", "--metric", "valid/depth") == 2
    assert (
        "all 5 trials failed: trainer.monitor is 'valid/depth', but this model measures only" in capsys.readouterr().err
    )
    assert tune(tmp_path / "few", "--metric", "valid/depth", "--trials", 2) == 1
    assert len(trials_of(tmp_path / "few")) == 2
    assert tune(tmp_path / "study", "--metric", "valid/depth") == 2  # tried again, once
    assert "all 6 trials failed" in capsys.readouterr().err


def test_an_interrupted_study_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    validate, calls = HillTask.validate, []

    def interrupted(task: HillTask) -> dict[str, float]:
        calls.append(task)
        if len(calls) == 10:
            raise KeyboardInterrupt
        return validate(task)

    monkeypatch.setattr(HillTask, "validate", interrupted)
    assert tune(tmp_path / "study", "--trials", 4) == 130
    assert "the same command goes on" in capsys.readouterr().out
    assert (tmp_path / "study" / "best.yaml").is_file()
    assert tune(tmp_path / "study", "--trials", 4) == 0
    assert [one["state"] for one in trials_of(tmp_path / "study")] == ["complete", "complete", "cut off"] + 2 * [
        "complete"
    ]


def test_a_trial_that_was_taken_for_dead_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, validate = tmp_path / "study", HillTask.validate

    def slept(task: HillTask) -> dict[str, float]:
        study = optuna.load_study(study_name="planted-graph-hill", storage=f"sqlite:///{folder / 'study.db'}")
        if len(study.trials) == 1 and not study.trials[0].state.is_finished():
            study.tell(0, state=optuna.trial.TrialState.FAIL)
        return validate(task)

    monkeypatch.setattr(HillTask, "validate", slept)
    assert tune(folder, "--trials", 1) == 0
    assert "trial 0: cut off" in capsys.readouterr().out
    assert [one["state"] for one in trials_of(folder)] == ["cut off", "complete"]


def test_two_processes_share_a_study(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    program = (
        "import pathlib, sys, time\nfrom core.command_line import main\nfrom tests.core.tiny_domain import domain\n"
        "from tests.core.tiny_models.hill import HillTask\nvalidate = HillTask.validate\n"
        "HillTask.validate = lambda task: time.sleep(0.05) or validate(task)\n"
        "sys.exit(main([domain], pathlib.Path('tests/core/configs'), sys.argv[1:]))\n"
    )
    file = tmp_path / "study.yaml"
    file.write_text(SPACE, encoding="utf-8")
    words = ["tune", "--model", "hill", "--space", file, "--output", folder, "--device", "cpu", "--trials", "12"]
    other = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 120
        while not (folder / "study.db").is_file() and other.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert tune(folder, "--trials", 12) == 0  # at once: the tables of the database are being made
        said = str(other.communicate(timeout=120)[0])
    finally:
        other.kill()
    assert other.returncode == 0
    assert tune(folder, "--trials", 1) == 0
    trials = trials_of(folder)
    assert len(trials) in (12, 13)  # each may have begun the last
    assert {one["state"] for one in trials} <= {"complete", "pruned"}
    assert len({one["x"] for one in trials}) == len(trials)
    assert 0 < said.count("\ntrial ") < len(trials)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arguments": ["--set", "heads=2"]}, "settings.heads: was 1, is 2"),
        ({"arguments": ["--seeds", "3"]}, "seeds: was [0], is [3]"),
        ({"space": "x: {low: 0, high: 2}\n"}, "space.x.low: was -1"),
        ({"arguments": ["--metric", "loss"]}, "metric: was 'valid/height', is 'loss'"),
        ({"arguments": ["--study", "other"]}, "holds the study 'planted-graph-hill'; choose another --output"),
    ],
)
def test_trials_that_would_not_compare_are_refused(
    found: Path, change: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tune(found, *change.get("arguments", []), "--trials", TRIALS, space=change.get("space", SPACE)) == 2
    assert said in capsys.readouterr().err
    assert len(trials_of(found)) == TRIALS


@pytest.mark.parametrize(
    ("arguments", "space", "said"),
    [
        (["--metric", "test/hr@10"], SPACE, "take valid/hr@10"),
        ([], "widht: {low: 1, high: 4}\n", "did you mean width?"),
        (["--storage", "sqlite:///nowhere/at/all.db"], SPACE, "the database cannot be opened"),
        (["--storage", "nonsense"], SPACE, "the database cannot be opened"),
        (["--set", "x=7"], SPACE, "less than or equal to 3"),
    ],
)
def test_mistakes_are_told_before_the_first_trial(
    tmp_path: Path, arguments: list[str], space: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tune(tmp_path / "study", *arguments, "--trials", 1, space=space) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "study").exists()


def test_a_database_that_fails_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, validate = tmp_path / "study", HillTask.validate
    assert tune(folder, "--trials", 1) == 0
    locks: list[sqlite3.Connection] = []

    def locked(task: HillTask) -> dict[str, float]:
        locks.append(sqlite3.connect(folder / "study.db"))
        locks[-1].execute("BEGIN EXCLUSIVE")
        return validate(task)

    with monkeypatch.context() as patch:
        patch.setattr("core.tuning.study._SQLITE_WAIT", 0.1)
        patch.setattr(HillTask, "validate", locked)
        assert tune(folder, "--trials", 2) == 2
        assert "the study's database fails" in capsys.readouterr().err
        assert tune(folder, "--trials", 2) == 2  # still locked
        assert "study.db: the database cannot be opened" in capsys.readouterr().err
    for lock in locks:
        lock.close()
    assert tune(folder, "--trials", 3) == 0
    (folder / "study.db").write_text("no database, but long enough to be taken for one" * 100)
    assert tune(folder, "--trials", 3) == 2
    assert "not a database" in capsys.readouterr().err
    assert (folder / "study.yaml").is_file()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "thesis.txt").write_text("years")
    assert tune(tmp_path / "study", "--trials", 1) == 2
    assert "holds no study, but is not empty" in capsys.readouterr().err
    assert [one.name for one in (tmp_path / "study").iterdir()] == ["thesis.txt"]


def test_without_optuna_it_is_said_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert tune(tmp_path / "study") == 2
    assert "pip install -e '.[tune]'" in capsys.readouterr().err
    assert not (tmp_path / "study").exists()


def test_a_loss_that_changes_its_meaning_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tune(tmp_path / "study", "--metric", "loss", "--trials", 1) == 0
    assert "kind, x, width may change what it means" in " ".join(capsys.readouterr().out.split())
