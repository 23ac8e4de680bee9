"""Recommenders from a command to a complete run folder, and all that can be done with one."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import yaml

import datasets
from tests.end_to_end.command import FILES, SMALL_SEQUENCES, measured, run, settings

DATA = {"users": 150, "items": 60}


def small(**changes: object) -> list[str]:
    return settings(SMALL_SEQUENCES, **changes)


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small finished run of MCLRec."""
    folder = tmp_path_factory.mktemp("runs") / "mclrec"
    assert run("--model", "mclrec", "--device", "cpu", "--output", folder, *small()) == 0
    return folder


def test_a_run_folder_is_complete(recommender: Path) -> None:
    assert {path.name for path in recommender.iterdir()} == FILES | {"checkpoints", "tensorboard"}
    metrics = json.loads((recommender / "metrics.json").read_text())
    names = ("hr", "recall", "ndcg", "mrr", "precision")
    wanted = {f"{part}/{name}@{k}" for part in ("test", "valid") for name in names for k in (5, 10, 20, 50)}
    wanted |= {f"test/{name}@10" for name in ("coverage", "popularity")}
    assert wanted | {"epochs", "time/train_s", "time/epoch_s", "memory/peak_mb"} <= metrics.keys()
    assert all(isinstance(value, float | int) for value in metrics.values())
    assert metrics["test/users"] == DATA["users"]
    with (recommender / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    parts = {"loss", "recommendation", "contrast", "meta_contrast", "regulariser", "augmenters"}
    assert parts | {"seconds", "valid/mrr@10", "valid/hr@10", "valid/ndcg@10"} <= rows[0].keys()
    dataset = datasets.load("planted-sequences", overrides=DATA)
    with np.load(recommender / "embeddings.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["ids"], dataset.item_ids)
        assert arrays["vectors"].shape == (60, 8)
        assert np.isfinite(arrays["vectors"]).all()
    environment = json.loads((recommender / "environment.json").read_text())
    assert environment["dataset_checksum"] == dataset.checksum


def test_the_best_epoch_is_kept(recommender: Path) -> None:
    with (recommender / "metrics.csv").open() as file:
        best = max(float(row["valid/mrr@10"]) for row in csv.DictReader(file))
    assert measured(recommender)["valid/mrr@10"] == pytest.approx(best, rel=1e-12)


def test_settings_repeat_the_run_bit_for_bit(recommender: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    assert run("--config", recommender / "settings.yaml", "--device", "cpu", "--output", again) == 0
    assert measured(again) == measured(recommender)
    assert (again / "settings.yaml").read_bytes() == (recommender / "settings.yaml").read_bytes()
    with np.load(again / "embeddings.npz") as one, np.load(recommender / "embeddings.npz") as other:
        np.testing.assert_array_equal(one["vectors"], other["vectors"])


def test_evaluate_agrees_with_the_run(recommender: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("evaluate", recommender, "--device", "cpu") == 0
    printed = capsys.readouterr().out
    lines = {words[0]: words[1:] for line in printed.splitlines() if (words := line.split())}
    metrics = measured(recommender)
    for part in ("test", "valid"):
        for name in ("hr", "ndcg", "mrr"):
            assert lines[f"{part}/{name}"] == [f"{metrics[f'{part}/{name}@{k}']:.4f}" for k in (5, 10, 20, 50)]


def test_evaluate_with_cutoffs_that_training_did_not_watch(
    recommender: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run("evaluate", recommender, "--device", "cpu", "--set", "evaluation.top_k=[1,5]") == 0
    lines = {words[0]: words[1:] for line in capsys.readouterr().out.splitlines() if (words := line.split())}
    assert lines["test/hr"][1] == f"{measured(recommender)['test/hr@5']:.4f}"


def test_embed_agrees_with_the_run(recommender: Path, tmp_path: Path) -> None:
    assert run("embed", recommender, "--output", tmp_path / "again.npz", "--device", "cpu") == 0
    with np.load(tmp_path / "again.npz") as again, np.load(recommender / "embeddings.npz") as first:
        np.testing.assert_array_equal(again["vectors"], first["vectors"])


def test_several_seeds_give_mean_and_deviation(tmp_path: Path) -> None:
    folder = tmp_path / "seeds"
    command = ["--model", "sasrec", "--seeds", "0,1", "--device", "cpu", "--output", folder]
    assert run(*command, *small(trainer__epochs=1)) == 0
    single = [measured(folder / f"seed-{seed}") for seed in (0, 1)]
    merged = measured(folder)
    for name in ("test/ndcg@10", "valid/mrr@10"):
        values = [metrics[name] for metrics in single]
        assert values[0] != values[1]
        assert merged[name] == pytest.approx(np.mean(values))
        assert merged[f"{name}_std"] == pytest.approx(np.std(values, ddof=1))
    assert yaml.safe_load((folder / "settings.yaml").read_text())["seeds"] == [0, 1]


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        ("sasrec", {}),
        ("cl4srec", {"trainer__precision": "bf16-mixed"}),
        ("mclrec", {"trainer__precision": "bf16-mixed"}),
        ("mclrec", {"contrast__strategy": "joint"}),
        ("mclrec", {"contrast__strategy": "alternate", "evaluation__filter_seen": "true"}),
    ],
)
def test_every_model_runs(model: str, changes: dict[str, object], tmp_path: Path) -> None:
    folder = tmp_path / model
    arguments = ["--model", model, "--device", "cpu", "--output", folder]
    assert run(*arguments, *small(trainer__epochs=1, **changes)) == 0
    metrics = measured(folder)
    assert metrics["epochs"] == 1
    assert 0 < metrics["test/hr@50"] <= 1
    assert (folder / "report.html").is_file()
