"""`atomic` from arguments to a file."""

from pathlib import Path

import numpy as np
import pytest

import datasets
from core.command_line import main


def run(*arguments: object) -> int:
    return main([], Path("configs"), [str(argument) for argument in arguments])


def test_a_log_becomes_an_atomic_file_that_holds_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "toy/toy.inter"
    assert run("atomic", "planted-sequences", output) == 0
    original, back = datasets.load("planted-sequences"), datasets.load(str(output))
    assert f"{original.num_interactions} interactions of {original.num_users} users" in capsys.readouterr().out
    np.testing.assert_array_equal(back.items, original.items)
    np.testing.assert_array_equal(back.offsets, original.offsets)


def test_what_is_there_stays_and_a_graph_is_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "toy.inter"
    output.write_text("dear")
    assert run("atomic", "planted-sequences", output) == 2
    assert "is there already; choose another FILE, or remove it" in capsys.readouterr().err
    assert output.read_text() == "dear"
    assert run("atomic", "planted-graph", tmp_path / "graph.inter") == 2
    assert "is a graph" in capsys.readouterr().err
    assert run("atomic", "planted-sequences", tmp_path / "toy.csv") == 2
    assert "NAME.inter" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["toy.inter"]
