"""`neighbors` from arguments to printed tables, on a folder with embeddings alone."""

from pathlib import Path

import numpy as np
import pytest

from core.command_line import main
from core.run_folder import RunFolder
from tests.core.tiny_domain import domain

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
VECTORS = np.random.default_rng(3).standard_normal((400, 8)).astype(np.float32)


def run(*arguments: object) -> int:
    return main([domain], CONFIGS, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run that left embeddings; node n is called n + 1000."""
    made = RunFolder.create(tmp_path / "run")
    made.write_settings({"model": "tiny", "dataset": "planted-graph"})
    made.write_embeddings(np.arange(400) + 1000, VECTORS)
    return made


def rows(printed: str) -> list[tuple[str, float]]:
    lines = [line.split() for line in printed.splitlines()]
    return [(words[0], float(words[1])) for words in lines if len(words) == 2 and words[0].isdecimal()]


def expected(node: int, top: int) -> list[str]:
    unit = VECTORS.astype(np.float64) / np.linalg.norm(VECTORS.astype(np.float64), axis=1, keepdims=True)
    order = np.argsort(-(unit @ unit[node - 1000])) + 1000
    return [str(one) for one in order if one != node][:top]


def test_the_nearest_are_printed(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("neighbors", folder.path, "--node", 1007, "--top", 4) == 0
    found = rows(capsys.readouterr().out)
    assert [name for name, _ in found] == expected(1007, 4)
    assert found == sorted(found, key=lambda row: -row[1])
    assert {path.name for path in folder.path.iterdir()} == {"settings.yaml", "embeddings.npz"}


def test_an_index_is_built_once_and_again_when_embeddings_change(
    folder: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("hnswlib")

    def ask(*words: object) -> str:
        assert run("neighbors", folder.path, *words) == 0
        return capsys.readouterr().out

    first = ask("--item", 1007, "--approximate")
    assert "building an index (there is none yet)\nbuilt from 400 vectors" in first
    assert f"kept in {folder.path / 'neighbors'}\n" in first
    assert [name for name, _ in rows(first)] == expected(1007, 10)
    second = ask("--item", 1007, "--approximate", "--top", 3)
    assert "building" not in second
    assert rows(second) == rows(first)[:3]
    assert "recall@5 1.0000 on 400 of 400 vectors" in ask("--measure-recall", "--top", 5)
    assert "(it was built with other settings)" in ask("--item", 1007, "--approximate", "--links", 8)
    folder.write_embeddings(np.arange(400) + 1000, VECTORS[::-1].copy())
    assert "(the embeddings have changed)" in ask("--item", 1392, "--approximate", "--links", 8)


def test_a_folder_that_cannot_be_written_to_gets_no_index(
    folder: RunFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("hnswlib")

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("core.command_line.neighbors.write_index", refuse)
    assert run("neighbors", folder.path, "--node", 1007, "--approximate", "--top", 2) == 0
    printed = capsys.readouterr().out
    assert "not kept: the folder cannot be written to" in printed
    assert [name for name, _ in rows(printed)] == expected(1007, 2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "name whose neighbours to print"),
        (["--node", "3999"], "no node or item '3999' among the 400 of"),
        (["--node", "3999", "--approximate"], "no node or item '3999' among the 400 of"),
        (["--approximate"], "name whose neighbours to print"),
        (["--node", "1007", "--links", "1"], "Invalid value for '--links'"),
    ],
)
def test_mistakes(words: list[str], message: str, folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    if "--approximate" in words:
        pytest.importorskip("hnswlib")
    assert run("neighbors", folder.path, *words) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_without_embeddings(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.embeddings.unlink()
    for words in (["--node", 7], ["--node", 7, "--approximate"], ["--measure-recall"]):
        assert run("neighbors", folder.path, *words) == 2
        assert "make it with: run.py embed" in capsys.readouterr().err


def test_a_folder_of_seeds_names_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    RunFolder.create(tmp_path / "runs").write_settings({"seeds": [3, 4], "model": "tiny", "dataset": "planted-graph"})
    for words in (["--node", 7], ["--node", 7, "--approximate"], ["--measure-recall"]):
        assert run("neighbors", tmp_path / "runs", *words) == 2
        assert f"such as {tmp_path / 'runs' / 'seed-3'}" in capsys.readouterr().err
