"""The command line from arguments to files, with the tiny model on the built-in graph."""

import json
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from core.command_line import main
from core.comparison.averages import average
from core.domain import Domain
from core.errors import UserError
from core.randomness import seed_all
from core.run_folder import RunFolder
from tests.core.tiny_domain import domain, models
from tests.core.tiny_models.tiny import TinyTask

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
FILES = {"settings.yaml", "metrics.json", "metrics.csv", "embeddings.npz", "report.html", "environment.json"}


def run(*arguments: object) -> int:
    return main([domain], CONFIGS, [str(argument) for argument in arguments])


def train(*arguments: object) -> int:
    return run("--model", "tiny", "--device", "cpu", *arguments)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "one"
    assert train("--output", path) == 0
    return path


def metrics_of(path: Path) -> dict[str, float]:
    metrics = RunFolder(path).read_metrics()
    return {name: value for name, value in metrics.items() if not name.startswith(("time/", "memory/"))}  # type: ignore[misc]


def test_a_run_leaves_a_complete_folder(finished: Path) -> None:
    assert {path.name for path in finished.iterdir()} == FILES | {"checkpoints", "tensorboard"}
    metrics = json.loads((finished / "metrics.json").read_text())
    assert {"quality/score", "time/train_s", "time/epoch_s", "memory/peak_mb", "epochs"} <= metrics.keys()
    assert metrics["memory/peak_mb"] > 10
    environment = json.loads((finished / "environment.json").read_text())
    assert environment["seed"] == 0
    assert environment["dataset_checksum"]
    with np.load(finished / "embeddings.npz", allow_pickle=False) as arrays:
        assert arrays["ids"].shape == (400,)
        assert arrays["vectors"].shape == (400, 4)


def test_a_run_says_how_its_figures_are_made(finished: Path) -> None:
    assert "6 epochs. The error of every row.<" in (finished / "report.html").read_text()
    assert RunFolder(finished).read_protocol() == "The error of every row"


def test_lines_into_a_pipe_know_no_width(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    ids = np.array([f"{row}-{'x' * 200}" for row in range(3)])
    RunFolder(tmp_path).write_settings({})
    RunFolder(tmp_path).write_embeddings(ids, np.eye(3, dtype=np.float32))
    assert run("neighbors", tmp_path, "--item", ids[0]) == 0
    assert [ids[1], "0.0000"] in [line.split() for line in capsys.readouterr().out.splitlines()]


def test_settings_are_complete_and_config_repeats_the_run(finished: Path, tmp_path: Path) -> None:
    settings = yaml.safe_load((finished / "settings.yaml").read_text())
    assert settings["optimizer"] == {"lr": 0.02, "weight_decay": 0.0}
    assert settings["trainer"]["keep"] == "best"
    assert run("--config", finished / "settings.yaml", "--output", tmp_path / "again", "--device", "cpu") == 0
    assert metrics_of(tmp_path / "again") == metrics_of(finished)
    assert (tmp_path / "again" / "settings.yaml").read_text() == (finished / "settings.yaml").read_text()


def test_arguments_win_over_the_config_file(finished: Path, tmp_path: Path) -> None:
    path = tmp_path / "run"
    given = [
        "--config",
        finished / "settings.yaml",
        "--set",
        "trainer.epochs=2",
        "--seed",
        4,
        "--output",
        path,
    ]
    assert train(*given) == 0
    settings = yaml.safe_load((path / "settings.yaml").read_text())
    assert (settings["trainer"]["epochs"], settings["seed"]) == (2, 4)
    assert metrics_of(path)["epochs"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "tini"], "did you mean tiny"),
        (["--model", "tiny", "--dataset", "planted-grap"], "did you mean planted-graph"),
        (["--model", "tiny", "--set", "trainer.epoch=1"], "did you mean trainer.epochs"),
        (["--model", "tiny", "--set", "model=x"], "use --model instead"),
        (["--model", "tiny", "--seeds", "1,x"], "whole numbers"),
        (["--model", "tiny", "--seeds", "1,1"], "given twice"),
        (["--model", "tiny", "--seeds", "1,2", "--seed", "3"], "not both"),
        (["--model", "tiny", "--device", "tpu"], "unknown device"),
        (["--model", "tiny", "--config", "none.yaml"], "no such file"),
        (["--resume", "none"], "no such run folder"),
        (["--model", "tiny", "--resume", "none"], "leave out"),
        (["evaluate", "none"], "no such run folder"),
    ],
)
def test_mistakes_end_with_code_2_and_leave_nothing(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert message in printed
    assert "Traceback" not in printed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_where_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--model", "tiny", "--device", "cuda") == 2
    assert "no CUDA device" in capsys.readouterr().err


def test_a_full_output_folder_is_refused_and_untouched(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in finished.iterdir()}
    assert train("--output", finished) == 2
    assert f"--resume {finished}" in capsys.readouterr().err
    assert {path.name: path.stat().st_mtime_ns for path in finished.iterdir()} == before


@pytest.mark.parametrize("seeds", [[], ["--seeds", "0,1"]])
def test_a_failure_in_the_first_epoch_leaves_nothing(seeds: list[str], tmp_path: Path) -> None:
    path = tmp_path / "run"
    assert train("--set", "trainer.monitor=none", "--output", path, *seeds) == 2
    assert not path.exists()


def test_runs_of_one_second_get_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Stopped":
            return cls(2024, 5, 6, 7, 8, 9, tzinfo=tz)

    build, codes = TinyTask.__init__, []

    def build_beside_another(task: TinyTask, *arguments: Any) -> None:
        monkeypatch.setattr(TinyTask, "__init__", build)
        codes.append(train("--seed", 1))  # from start to end while the first is being built
        build(task, *arguments)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("core.command_line.session.datetime", Stopped)
    monkeypatch.setattr(TinyTask, "__init__", build_beside_another)
    codes.append(train("--seed", 0))
    assert codes == [0, 0]
    name = "planted-graph-tiny-20240506-070809"
    seeds = {path.name: RunFolder(path).read_settings()["seed"] for path in (tmp_path / "runs").iterdir()}
    assert seeds == {name: 0, f"{name}-2": 1}


@pytest.mark.parametrize("seeds", [[], ["--seeds", "0,1"]])
def test_a_model_that_cannot_be_built_leaves_no_folder(
    seeds: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise UserError("this model needs more data")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(TinyTask, "__init__", refuse)
    assert train(*seeds) == 2
    assert list(tmp_path.iterdir()) == []


def test_interruption_prints_how_to_go_on_and_going_on_repeats_the_numbers(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run"
    step, calls = TinyTask.training_step, iter(range(1000))

    def interrupted(task: TinyTask, batch: torch.Tensor, update: object) -> dict[str, torch.Tensor]:
        if next(calls) == 40:
            raise KeyboardInterrupt
        return step(task, batch, update)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(TinyTask, "training_step", interrupted)
        assert train("--output", path) == 130
    assert f"--resume {path}\n" in capsys.readouterr().out
    assert not (path / "metrics.json").exists()
    assert run("--resume", path, "--device", "cpu") == 0
    assert metrics_of(path) == metrics_of(finished)


def test_resuming_a_finished_run_gives_the_same_numbers(finished: Path, tmp_path: Path) -> None:
    before = metrics_of(finished)
    assert run("--resume", finished, "--device", "cpu") == 0
    assert metrics_of(finished) == before


def test_evaluate_repeats_the_numbers_and_embed_the_vectors(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("evaluate", finished, "--device", "cpu") == 0
    printed = capsys.readouterr().out
    assert f"{metrics_of(finished)['quality/score']:.4f}" in printed
    assert "tiny on planted-graph, evaluated again\nThe error of every row\n" in printed
    assert run("embed", finished, "--output", tmp_path / "e.npz", "--device", "cpu") == 0
    with np.load(tmp_path / "e.npz") as again, np.load(finished / "embeddings.npz") as first:
        assert np.array_equal(again["vectors"], first["vectors"])


def test_neighbors_prints_the_nearest(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("neighbors", finished, "--node", 7, "--top", 4) == 0
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    shown = [int(words[0]) for words in printed if words and words[0].isdecimal()]
    vectors = np.load(finished / "embeddings.npz")["vectors"].astype(np.float64)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = [int(row) for row in np.argsort(-(unit @ unit[7])) if row != 7][:4]
    assert shown == expected
    assert run("neighbors", finished, "--item", 7, "--top", 4) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == printed
    assert run("neighbors", finished, "--node", "3999") == 2
    assert f"no node or item '3999' among the 400 of {finished}; did you mean 399 or" in capsys.readouterr().err


def test_several_seeds_are_summarised_and_resumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "runs"
    assert train("--seeds", "0,1,2", "--output", path) == 0
    single = [metrics_of(path / f"seed-{seed}") for seed in range(3)]
    scores = [metrics["quality/score"] for metrics in single]
    merged = metrics_of(path)
    assert len(set(scores)) == 3
    assert merged["quality/score"] == pytest.approx(np.mean(scores))
    assert merged["quality/score_std"] == pytest.approx(np.std(scores, ddof=1))
    assert single[0]["quality/score_std"] == 0.25  # within the run, kept there
    assert "seeds 0, 1, 2. The error of every row.<" in (path / "report.html").read_text()
    printed = capsys.readouterr().out
    assert "\ntiny on planted-graph\nThe error of every row\n" in printed
    assert "--resume" not in printed

    (path / "metrics.json").unlink()
    (path / "seed-1" / "metrics.json").unlink()
    RunFolder(path / "seed-2").remove()
    untouched = (path / "seed-0" / "report.html").stat().st_mtime_ns
    assert run("--resume", path, "--device", "cpu") == 0
    assert metrics_of(path) == merged
    assert (path / "seed-0" / "report.html").stat().st_mtime_ns == untouched
    capsys.readouterr()
    assert run("--resume", path, "--device", "cpu") == 0  # nothing is left to build a model for
    assert "\ntiny on planted-graph\nThe error of every row\n" in capsys.readouterr().out
    assert run("evaluate", path) == 2

    again = tmp_path / "again"
    assert run("--config", path / "settings.yaml", "--output", again, "--device", "cpu") == 0
    assert metrics_of(again) == merged


def test_average_drops_deviations_within_runs() -> None:
    runs = [
        {"a": 1.0, "a_std": 9.0, "own_std": 1.0, "n": None},
        {"a": 3.0, "a_std": 9.0, "own_std": 2.0, "n": None},
    ]
    assert average(runs) == {
        "a": 2.0,
        "a_std": pytest.approx(2**0.5),
        "own_std": 1.5,
        "own_std_std": pytest.approx(0.5**0.5),
        "n": None,
    }
    assert average([{"a": 1.0, "a_std": 0.1}]) == {"a": 1.0}


def test_lists_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    listed = capsys.readouterr().out
    assert "planted-graph" in listed
    assert "tiny" in listed
    assert run("list", "models") == 0
    assert "planted-graph" not in capsys.readouterr().out
    assert run("--help") == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "python run.py --dataset acm --seeds 0,1,2" in printed
    assert "python run.py --dataset log.csv --model mclrec" in printed
    assert "a CSV, TSV, Parquet or .inter file" in printed
    assert run("neighbors", "--help") == 0
    assert "--item" in capsys.readouterr().out
    assert run("--nonsense") == 2


def test_model_and_data_of_different_kinds(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sequences = Domain("tiny", "sequences", models)
    arguments = ["--model", "tiny", "--dataset", "planted-graph", "--output", str(tmp_path / "run")]
    assert main([sequences], CONFIGS, arguments) == 2
    assert "learns from sequences data, but planted-graph is graph data" in capsys.readouterr().err


def test_building_under_a_seed_does_not_depend_on_what_ran_before() -> None:
    seed_all(3)
    first = torch.rand(3)
    torch.rand(10)
    seed_all(3)
    assert torch.equal(first, torch.rand(3))
