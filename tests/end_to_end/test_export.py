"""`export` of a trained run: onnxruntime recommends what `recommend` does."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import datasets
from core.errors import UserError
from tests.end_to_end.command import SMALL_SEQUENCES, run, settings


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small finished run of SASRec."""
    folder = tmp_path_factory.mktemp("runs") / "sasrec"
    small = settings(SMALL_SEQUENCES, encoder__max_length=8, encoder__layers=1)
    assert run("--model", "sasrec", "--device", "cpu", "--output", folder, *small) == 0
    return folder


@pytest.fixture(scope="module")
def exported(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported model of that run."""
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package)
    path = tmp_path_factory.mktemp("exported") / "new" / "model.onnx"
    assert run("export", trained, "--output", path) == 0
    return path


def test_onnxruntime_recommends_the_same(trained: Path, exported: Path, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    assert {path.name for path in exported.parent.iterdir()} == {"model.onnx", "model.items.parquet"}
    session = onnxruntime.InferenceSession(exported)
    assert [(one.name, one.shape) for one in session.get_inputs()] == [("items", ["batch", "length"])]
    notes = session.get_modelmeta().custom_metadata_map
    log = datasets.load("planted-sequences", None, {"users": 150, "items": 60})
    assert isinstance(log, datasets.SequenceDataset)
    assert (notes["dataset_checksum"], notes["num_items"], notes["max_length"]) == (log.checksum, "60", "8")
    numbers = pd.read_parquet(exported.parent / "model.items.parquet")
    np.testing.assert_array_equal(numbers["item"], log.item_ids)
    np.testing.assert_array_equal(numbers["number"], np.arange(1, 61))

    assert run("recommend", trained, "--all-users", "--output", tmp_path / "lists.parquet", "--device", "cpu") == 0
    lists = pd.read_parquet(tmp_path / "lists.parquet")
    batch = np.zeros((log.num_users, log.lengths.max()), dtype=np.int64)
    for user in range(log.num_users):
        batch[user, : log.lengths[user]] = log.items[log.offsets[user] : log.offsets[user + 1]]
    vectors, scores = session.run(["user_vectors", "scores"], {"items": batch})
    assert vectors.shape == (log.num_users, SMALL_SEQUENCES["encoder.hidden"])
    best = np.sort(scores, axis=1)[:, ::-1][:, :10]
    np.testing.assert_allclose(best, lists["score"].to_numpy().reshape(-1, 10), rtol=1e-4, atol=1e-4)
    item = log.item_ids[scores.argmax(axis=1) - 1]
    assert (item == lists.loc[lists["rank"] == 1, "item"].to_numpy()).mean() > 0.99


def test_what_is_there_stays(trained: Path, exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in exported.parent.iterdir()}
    assert run("export", trained, "--output", exported) == 2
    assert "is there already; choose another --output, or add --overwrite" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in exported.parent.iterdir()} == before


def test_a_model_that_answers_otherwise_is_not_written(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> float:
        raise UserError("the exported model computes something else")

    monkeypatch.setattr("core.command_line.export.onnx_model", lambda form: b"")
    monkeypatch.setattr("core.command_line.export.check_onnx", refuse)
    assert run("export", trained, "--output", tmp_path / "new" / "model.onnx") == 2
    assert "computes something else" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_only_encoders_of_histories_are_exported(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("export", finished, "--output", tmp_path / "model.onnx") == 2
    message = capsys.readouterr().err
    assert "model meow encodes a whole graph at once" in message
    assert f"run.py embed {finished} --output vectors.parquet" in message
    counts = tmp_path / "popularity"
    small = settings({key: value for key, value in SMALL_SEQUENCES.items() if "data." in key})
    assert run("--model", "popularity", "--device", "cpu", "--output", counts, *small) == 0
    assert run("export", counts, "--output", tmp_path / "model.onnx") == 2
    assert "model popularity has no encoder that could be exported" in capsys.readouterr().err
    assert run("export", counts, "--output", tmp_path / "model.pt") == 2
    assert "ends in .onnx" in capsys.readouterr().err
