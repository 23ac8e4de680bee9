"""`embed` from arguments to files, with the tiny model on the built-in graph."""

import dataclasses
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

import datasets
from core.command_line import main
from core.command_line.embed import descriptions
from tests.core.tiny_domain import domain

CONFIGS = Path(__file__).resolve().parents[1] / "configs"


def run(*arguments: object) -> int:
    return main([domain], CONFIGS, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "one"
    assert run("--model", "tiny", "--device", "cpu", "--set", "trainer.epochs=1", "--output", path) == 0
    return path


def embed(finished: Path, *arguments: object) -> int:
    return run("embed", finished, "--device", "cpu", *arguments)


def test_every_format_holds_the_runs_embeddings(finished: Path, tmp_path: Path) -> None:
    with np.load(finished / "embeddings.npz") as arrays:
        ids, vectors = arrays["ids"], arrays["vectors"]
    assert embed(finished, "--output", tmp_path / "new" / "e.npz") == 0
    with np.load(tmp_path / "new" / "e.npz") as arrays:
        np.testing.assert_array_equal(arrays["vectors"], vectors)
    assert embed(finished, "--output", tmp_path / "e.parquet") == 0
    table = pyarrow.parquet.read_table(tmp_path / "e.parquet")
    np.testing.assert_array_equal(table["id"].to_numpy(), ids)
    np.testing.assert_array_equal(np.stack(table["vector"].to_numpy()), vectors)
    assert embed(finished, "--format", "projector", "--output", tmp_path / "p") == 0
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "p" / "tensors.tsv", dtype=np.float32), vectors)
    labels = datasets.load("planted-graph", None, {"target_nodes": 400}).labels.numpy()
    lines = (tmp_path / "p" / "metadata.tsv").read_text().splitlines()
    assert lines == ["id\tlabel", *(f"{one}\t{label}" for one, label in zip(ids, labels, strict=True))]


def test_without_an_output_they_go_into_the_run_folder(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, name in ([], "embeddings.npz"), (["--format", "parquet"], "embeddings.parquet"):
        assert embed(finished, *words) == 0
        assert embed(finished, *words) == 0
        assert f"embeddings of 4 numbers in {finished / name} (replaced)\n" in capsys.readouterr().out
    assert embed(finished, "--format", "projector") == 0
    assert f"tensorboard --logdir {finished / 'projector'}\n" in capsys.readouterr().out


def test_a_file_that_is_there_is_replaced_only_on_request(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["--output", tmp_path / "e.parquet"], ["--format", "projector", "--output", tmp_path / "p"]):
        assert embed(finished, *words) == 0
        before = sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
        assert embed(finished, *words) == 2
        assert "is there already; choose another --output, or add --overwrite" in capsys.readouterr().err
        assert sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*")) == before
        assert embed(finished, *words, "--overwrite") == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--output", "{tmp}"], "the format cannot be seen from the name"),
        (["--output", "{tmp}/e.csv"], "the format cannot be seen from the name"),
        (["--output", "{tmp}/e.npz", "--format", "parquet"], "is no name for --format parquet"),
        (["--output", "{tmp}", "--format", "npz"], "is a folder; name a file in it"),
        (["--output", "{tmp}/file/e.npz"], "/file; choose another --output"),
        (["--output", "{tmp}/file", "--format", "projector", "--overwrite"], "is a file; name a folder"),
    ],
)
def test_mistakes(
    words: list[str], message: str, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert embed(finished, *(word.format(tmp=tmp_path) for word in words)) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_items_come_with_their_interactions() -> None:
    log = datasets.load("planted-sequences", None, {"users": 50, "items": 40})
    assert isinstance(log, datasets.SequenceDataset)
    (column,) = descriptions(log, log.num_items).values()
    assert column.tolist() == [(log.items == number).sum() for number in range(1, 41)]


def test_classes_go_by_their_names() -> None:
    graph = datasets.load("planted-graph", None, {"target_nodes": 400})
    assert isinstance(graph, datasets.GraphDataset)
    labels = graph.labels.clone()  # type: ignore[union-attr]
    labels[7] = -1
    names = tuple(f"class {number}" for number in range(graph.num_classes))
    (column,) = descriptions(dataclasses.replace(graph, labels=labels, class_names=names), 400).values()
    assert column.tolist() == [names[one] if one >= 0 else "unlabelled" for one in labels.tolist()]
