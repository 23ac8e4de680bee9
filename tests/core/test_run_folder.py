"""Run folders: round trips, and what is not one."""

import json
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.errors import UserError
from core.run_folder import RunFolder


def test_create_refuses_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(UserError, match=r"not empty; .*--resume"):
        RunFolder.create(tmp_path / "full")
    with pytest.raises(UserError, match="is a file"):
        RunFolder.create(tmp_path / "full" / "x")
    (tmp_path / "empty").mkdir()
    assert RunFolder.create(tmp_path / "empty").path.is_dir()


def test_each_of_many_that_claim_one_name_at_once_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    count = 8
    together = threading.Barrier(count)

    def claim(_: int) -> Path:
        together.wait()
        return RunFolder.claim(tmp_path / "runs" / "name").path

    with ThreadPoolExecutor(count) as pool:
        paths = list(pool.map(claim, range(count)))
    assert {path.name for path in paths} == {"name", *(f"name-{again}" for again in range(2, count + 1))}
    assert set(paths) == set((tmp_path / "runs").iterdir())


def test_folders_that_cannot_be_made_are_user_errors(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be made"):
        RunFolder.create(tmp_path / "file" / "run")
    with pytest.raises(UserError, match="cannot be made"):
        RunFolder.claim(tmp_path / "file" / "run")
    with pytest.raises(UserError, match="cannot be made"):
        RunFolder.claim(tmp_path / ("long" * 100))
    with pytest.raises(UserError, match="is a folder"):
        RunFolder(tmp_path).write_embeddings(np.arange(2), np.zeros((2, 2)), tmp_path)


def test_open_refuses_what_is_not_a_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such run folder"):
        RunFolder.open(tmp_path / "none")
    with pytest.raises(UserError, match=r"no settings\.yaml"):
        RunFolder.open(tmp_path)


def test_metrics_are_flat_sorted_and_valid_json(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    with pytest.raises(UserError, match="not finished"):
        folder.read_metrics()
    folder.write_metrics({"b": np.float32(0.5), "a": 3, "c": math.nan})
    text = folder.metrics.read_text()
    assert list(json.loads(text)) == ["a", "b", "c"]
    assert folder.read_metrics() == {"a": 3, "b": 0.5, "c": None}
    folder.metrics.write_text('{"a": NaN, "b": 0.5}')
    assert folder.read_metrics() == {"a": None, "b": 0.5}
    for damaged in ("[1", '{"a": "0.5"}', '{"a": {"b": 1}}'):
        folder.metrics.write_text(damaged)
        with pytest.raises(UserError, match=r"metrics\.json"):
            folder.read_metrics()


@pytest.mark.parametrize("ids", [np.arange(3), np.array(["a", "ü", "long id"], dtype=object)])
def test_embeddings_need_no_pickle(tmp_path: Path, ids: np.ndarray) -> None:
    folder = RunFolder.create(tmp_path / "run")
    vectors = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    folder.write_embeddings(ids, vectors)
    read_ids, read_vectors = folder.read_embeddings()
    assert read_ids.tolist() == list(ids)
    assert np.array_equal(read_vectors, vectors)


def test_missing_and_damaged_embeddings_name_the_remedy(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    with pytest.raises(UserError, match=r"run\.py embed"):
        folder.read_embeddings()
    for content in (b"", b"PK\x03\x04rubbish", b"\x93NUMPY"):
        folder.embeddings.write_bytes(content)
        with pytest.raises(UserError, match="cannot be read"):
            folder.read_embeddings()


def test_parts_of_killed_writers_are_cleared(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    (tmp_path / "run" / "checkpoints").mkdir()
    part = tmp_path / "run" / "checkpoints" / ".next.pt.123.part"
    part.touch()
    parts = tmp_path / "run" / ".projector.123.part"
    parts.mkdir()
    (parts / "tensors.tsv").touch()
    folder.clear_parts()
    assert not part.exists()
    assert not parts.exists()
