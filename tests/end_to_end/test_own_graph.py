"""A user's own graph: a YAML and files, no code."""

from pathlib import Path

import numpy as np
import pytest
import yaml

import datasets
from core.errors import UserError
from tests.end_to_end.command import measured, run, settings
from tests.end_to_end.own_graph import write_graph

SMALL = settings(data__target_nodes=None)


def vectors_of(folder: Path) -> np.ndarray:
    with np.load(folder / "embeddings.npz", allow_pickle=False) as arrays:
        return np.asarray(arrays["vectors"])


@pytest.mark.parametrize("model", ["meow", "adameow"])
def test_it_trains_from_any_folder_and_lonely_nodes_get_finite_embeddings(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_graph(tmp_path / "graph")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "graph")
    small = SMALL if model == "meow" else settings(data__target_nodes=None, objective__clusters=None)
    folder = tmp_path / "run"
    assert run("--dataset", path.name, "--model", model, "--device", "cpu", "--output", folder, *small) == 0
    dataset = datasets.load(str(path))
    linked = np.zeros(400, dtype=bool)
    for key in dataset.graph.edge_types:
        linked[dataset.graph[key].edge_index[0]] = True
    assert not linked.all()
    vectors = vectors_of(folder)
    assert np.isfinite(vectors).all()
    assert (np.linalg.norm(vectors[~linked], axis=1) > 0).all()
    assert measured(folder)["classification/20/micro_f1"] > 0.3

    monkeypatch.chdir(tmp_path / "elsewhere")
    assert run("embed", folder, "--output", "again.npz", "--device", "cpu") == 0
    with np.load("again.npz") as again:
        np.testing.assert_array_equal(again["vectors"], vectors)


def test_its_run_goes_under_the_files_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_graph(tmp_path / "graph")
    monkeypatch.chdir(tmp_path)
    own = dict.fromkeys(("trainer__epochs", "encoder__hidden", "encoder__head", "objective__clusters"))
    small = settings(data__target_nodes=None, **own)
    assert run("--dataset", path, "--model", "raw-features", *small) == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.startswith("shop-raw-features-")
    assert yaml.safe_load((folder / "settings.yaml").read_text())["dataset"] == str(path)


def test_without_labels_or_features_it_is_embedded_all_the_same(tmp_path: Path) -> None:
    nodes = yaml.safe_load(write_graph(tmp_path / "graph").read_text())["nodes"]
    nodes["item"].pop("features")
    path = write_graph(tmp_path / "graph", labels=None, splits=None, nodes=nodes)
    folder = tmp_path / "run"
    assert run("--dataset", path, "--device", "cpu", "--output", folder, *SMALL) == 0
    assert measured(folder).keys() == {"epochs", "diagnostics/alignment", "diagnostics/uniformity"}
    assert np.isfinite(vectors_of(folder)).all()
    assert (folder / "report.html").is_file()


def test_its_checksum_follows_its_files(tmp_path: Path) -> None:
    path = write_graph(tmp_path / "graph")
    before = datasets.load(str(path)).checksum
    assert datasets.load(str(path)).checksum == before
    with (tmp_path / "graph" / "author.txt").open("a") as file:
        file.write("0 0\n")
    assert datasets.load(str(path)).checksum != before


def test_a_public_home_asks_for_checksums(tmp_path: Path) -> None:
    path = write_graph(tmp_path / "graph", home="https://example.org/")
    with pytest.raises(UserError, match="has no checksum under files"):
        datasets.load(str(path))


def test_it_is_described_by_its_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_graph(tmp_path / "graph", title="A shop")
    monkeypatch.chdir(tmp_path)
    entry = datasets.describe("graph/shop.yaml")
    assert (entry.name, entry.kind, entry.title) == (str(path), "graph", "A shop")
    assert datasets.is_on_disk(str(path))
    assert datasets.download(str(path)) == tmp_path / "graph"
    (tmp_path / "graph" / "topic.txt").unlink()
    assert not datasets.is_on_disk(str(path))


def test_changed_data_are_no_data_to_go_on_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, folder = write_graph(tmp_path / "graph"), tmp_path / "run"
    assert run("--dataset", path, "--device", "cpu", "--output", folder, *SMALL) == 0
    (folder / "metrics.json").unlink()
    with (tmp_path / "graph" / "author.txt").open("a") as file:
        file.write("0 0\n")
    for command in (("--resume", folder), ("embed", folder, "--output", tmp_path / "vectors.npz")):
        assert run(*command, "--device", "cpu") == 2
        assert "data" in capsys.readouterr().err
    assert not (tmp_path / "vectors.npz").exists()
