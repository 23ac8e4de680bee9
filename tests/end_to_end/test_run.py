"""From a command to a complete run folder, and all that can be done with one."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import yaml

import datasets
from tests.end_to_end.command import FILES, measured, run, settings, start


def test_a_run_folder_is_complete(finished: Path) -> None:
    assert {path.name for path in finished.iterdir()} == FILES | {"checkpoints", "tensorboard"}
    assert {path.name for path in (finished / "checkpoints").iterdir()} == {"last.pt"}
    assert list((finished / "tensorboard").iterdir())
    metrics = json.loads((finished / "metrics.json").read_text())
    wanted = {"epochs", "time/train_s", "time/epoch_s", "memory/peak_mb", "clustering/nmi", "clustering/ari"}
    wanted |= {f"classification/{rate}/{name}" for rate in (20, 40, 60) for name in ("macro_f1", "micro_f1", "auc")}
    wanted |= {f"{name}_std" for name in wanted if name.startswith("classification")}
    assert wanted <= metrics.keys()
    assert all(isinstance(value, float | int) for value in metrics.values())
    with (finished / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    assert {"loss", "contrast", "prototypes", "seconds"} <= rows[0].keys()
    dataset = datasets.load("planted-graph", overrides={"target_nodes": 400})
    with np.load(finished / "embeddings.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["ids"], dataset.node_ids)
        assert arrays["vectors"].shape == (400, 16)
        assert np.isfinite(arrays["vectors"]).all()
    environment = json.loads((finished / "environment.json").read_text())
    assert environment["dataset_checksum"] == dataset.checksum
    assert {"packages", "device", "seed", "git_commit"} <= environment.keys()
    page = (finished / "report.html").read_text()
    assert "Meta-path attention" in page
    assert page.count("data:image/svg+xml") >= 3


def test_settings_repeat_the_run_bit_for_bit(finished: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    assert run("--config", finished / "settings.yaml", "--device", "cpu", "--output", again) == 0
    assert measured(again) == measured(finished)
    assert (again / "settings.yaml").read_bytes() == (finished / "settings.yaml").read_bytes()
    with np.load(again / "embeddings.npz") as one, np.load(finished / "embeddings.npz") as other:
        np.testing.assert_array_equal(one["vectors"], other["vectors"])


def test_evaluate_agrees_with_the_run(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", finished, "--device", "cpu") == 0
    printed = {words[0]: words[1] for line in capsys.readouterr().out.splitlines() if len(words := line.split()) > 1}
    for name, value in measured(finished).items():
        if name != "epochs" and not name.endswith("_std"):
            assert printed[name] == f"{value:.4f}"


def test_embed_agrees_with_the_run(finished: Path, tmp_path: Path) -> None:
    assert run("embed", finished, "--output", tmp_path / "again.npz", "--device", "cpu") == 0
    with np.load(tmp_path / "again.npz") as again, np.load(finished / "embeddings.npz") as first:
        np.testing.assert_array_equal(again["vectors"], first["vectors"])
        np.testing.assert_array_equal(again["ids"], first["ids"])


def test_neighbors_are_the_nearest(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("neighbors", finished, "--node", 7, "--top", 3) == 0
    shown = [int(line.split()[0]) for line in capsys.readouterr().out.splitlines() if line.strip()[:1].isdecimal()]
    vectors = np.load(finished / "embeddings.npz")["vectors"].astype(np.float64)
    cosines = vectors @ vectors[7] / np.linalg.norm(vectors, axis=1) / np.linalg.norm(vectors[7])
    order = [int(row) for row in np.argsort(-cosines) if row != 7]
    assert shown == order[:3]


def test_list_shows_data_sets_and_models(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("list", "--data-root", tmp_path) == 0
    rows = {words[0]: words for line in capsys.readouterr().out.splitlines() if (words := line.split())}
    assert rows["planted-graph"][1:3] == ["graph", "yes"]
    assert rows["acm"][1:3] == ["graph", "no"]
    assert {"meow", "adameow", "raw-features", "metapath2vec"} <= rows.keys()


@pytest.mark.parametrize("model", ["adameow", "raw-features", "metapath2vec"])
def test_every_other_model_runs(model: str, tmp_path: Path) -> None:
    folder = tmp_path / model
    own = {"adameow": {"objective__clusters": None}}.get(
        model, dict.fromkeys(("trainer__epochs", "encoder__hidden", "encoder__head", "objective__clusters"))
    )
    walks = ["--set", "walks.epochs=1", "--set", "walks.walks_per_node=1"] if model == "metapath2vec" else []
    assert run("--model", model, "--device", "cpu", "--output", folder, *settings(**own), *walks) == 0
    metrics = measured(folder)
    assert metrics["classification/20/micro_f1"] > 0.3
    assert metrics["epochs"] == (4 if model == "adameow" else 0)
    assert (folder / "report.html").is_file()
    assert run("embed", folder, "--output", folder / "again.npz", "--device", "cpu") == 0


def test_several_seeds_give_mean_and_deviation(tmp_path: Path) -> None:
    folder = tmp_path / "seeds"
    assert run("--seeds", "0,1", "--device", "cpu", "--output", folder, *settings(trainer__epochs=2)) == 0
    single = [measured(folder / f"seed-{seed}") for seed in (0, 1)]
    merged = measured(folder)
    for name in ("classification/20/micro_f1", "clustering/nmi"):
        values = [metrics[name] for metrics in single]
        assert values[0] != values[1]
        assert merged[name] == pytest.approx(np.mean(values))
        assert merged[f"{name}_std"] == pytest.approx(np.std(values, ddof=1))
    assert yaml.safe_load((folder / "settings.yaml").read_text())["seeds"] == [0, 1]


def test_the_front_door_as_a_process(tmp_path: Path) -> None:
    """The current folder does not matter, even where it holds another `datasets`."""
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "__init__.py").write_text("raise ImportError('the wrong datasets')")
    small = settings(trainer__epochs=1)
    process = start("--model", "meow", "--device", "cpu", *small, cwd=tmp_path)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.startswith("planted-graph-meow-")
    assert f"report: runs/{folder.name}/report.html" in out
    assert err == ""
