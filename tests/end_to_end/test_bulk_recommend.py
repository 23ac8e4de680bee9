"""`recommend` for many users of a trained run, beside what each of them is told alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import datasets
from tests.end_to_end.command import SMALL_SEQUENCES, run, settings

LOG = {"users": 150, "items": 60}


@pytest.fixture(scope="module", params=["sasrec", "popularity"])
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small finished run."""
    folder = tmp_path_factory.mktemp("runs") / request.param
    small = {key: value for key, value in SMALL_SEQUENCES.items() if request.param == "sasrec" or "data." in key}
    assert run("--model", request.param, "--device", "cpu", "--output", folder, *settings(small)) == 0
    return folder


def alone(folder: Path, user: str, capsys: pytest.CaptureFixture[str], *words: object) -> list[tuple[str, str]]:
    capsys.readouterr()
    assert run("recommend", folder, "--user", user, "--device", "cpu", *words) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    return [(row[0], row[1]) for row in rows if len(row) == 2 and row[1][-1].isdigit()]


def test_a_table_holds_what_each_is_told(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lists.parquet"
    for words in ([], ["--filter-seen"]):
        arguments = ["--all-users", "--top", 7, "--output", path, "--overwrite", "--device", "cpu", *words]
        assert run("recommend", trained, *arguments) == 0
        lists = pd.read_parquet(path)
        assert len(lists) == 7 * LOG["users"]
        assert (
            lists["user"].drop_duplicates().tolist() == datasets.load("planted-sequences", None, LOG).user_ids.tolist()
        )
        np.testing.assert_array_equal(lists["rank"], np.tile(np.arange(1, 8), LOG["users"]))
        for user in (1, 77):
            mine = lists[lists["user"] == user]
            told = alone(trained, str(user), capsys, "--top", 7, *words)
            if trained.name != "popularity":  # whose items tie
                assert [str(item) for item in mine["item"]] == [item for item, _ in told]
            assert [f"{score:.4f}" for score in mine["score"]] == [score for _, score in told]


def test_users_of_a_file(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "users.csv").write_text("user_id\n77\n3\n9999\n")
    arguments = ["recommend", trained, "--users-file", tmp_path / "users.csv", "--output", tmp_path / "l.parquet"]
    assert run(*arguments) == 2
    assert "users.csv, line 4: no user '9999' in planted-sequences" in capsys.readouterr().err
    assert not (tmp_path / "l.parquet").exists()
    assert run(*arguments, "--skip-unknown", "--device", "cpu") == 0
    assert "20 rows for 2 users" in capsys.readouterr().out
    assert pd.read_parquet(tmp_path / "l.parquet")["user"].tolist() == [77] * 10 + [3] * 10
    assert run(*arguments, "--skip-unknown") == 2
    assert "is there already" in capsys.readouterr().err


def test_a_model_of_graphs_does_not_recommend(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("recommend", finished, "--all-users", "--output", tmp_path / "l.parquet", "--device", "cpu") == 2
    assert "model meow does not recommend items" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--all-users"], "add --output FILE.parquet"),
        (["--all-users", "--users-file", "u.txt", "--output", "l.parquet"], "not both"),
        (["--user", "1", "--output", "l.parquet"], "add --all-users"),
        (["--all-users", "--user", "1", "--output", "l.parquet"], "answered on the screen"),
        (["--user", "1", "--users-column", "name"], "go with --users-file"),
        (["--all-users", "--skip-unknown", "--output", "l.parquet"], "go with --users-file"),
    ],
)
def test_mistakes(words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("recommend", tmp_path, *words) == 2
    assert message in capsys.readouterr().err
