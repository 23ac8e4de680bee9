"""`recommend` from arguments to printed tables, with a tiny model that answers as it is told."""

from pathlib import Path

import pytest

from core.command_line import main
from core.command_line.recommend import make_queries
from core.errors import UserError
from core.recommending import Query
from tests.core.tiny_domain import domain
from tests.core.tiny_models import recommender

CONFIGS = Path(__file__).resolve().parents[1] / "configs"


def run(*arguments: object) -> int:
    return main([domain], CONFIGS, [str(argument) for argument in arguments])


def train(path: Path, model: str) -> Path:
    assert run("--model", model, "--device", "cpu", "--set", "trainer.epochs=1", "--output", path) == 0
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("runs") / "one", "tiny-recommender")


@pytest.fixture
def asked() -> list[tuple[list[Query], int, bool | None]]:
    recommender.asked.clear()
    return recommender.asked


def test_arguments_reach_the_model_and_answers_the_screen(
    finished: Path, asked: list[tuple[list[Query], int, bool | None]], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--user", "u7", "--history", "3, 1,3", "--user", "[b]", "--top", 2, "--filter-seen"]
    assert run("recommend", finished, *arguments) == 0
    assert asked == [([Query(user="u7"), Query(user="[b]"), Query(history=("3", "1", "3"))], 2, True)]
    printed = capsys.readouterr().out
    lines = [line.split() for line in printed.splitlines()]
    assert ["item", "[1]", "1.0000"] in lines
    assert lines.count(["other", "-1.2500"]) == 3
    assert "For user [b] (items of the history left out)" in printed
    assert "For history 3, 1, 3" in printed


@pytest.mark.parametrize(("words", "expected"), [([], None), (["--keep-seen"], False), (["--filter-seen"], True)])
def test_seen_items_follow_the_run_unless_asked_for(
    finished: Path, asked: list[tuple[list[Query], int, bool | None]], words: list[str], expected: bool | None
) -> None:
    assert run("recommend", finished, "--user", 1, *words) == 0
    assert asked == [([Query(user="1")], 10, expected)]


def test_histories_are_read_as_a_line_of_a_table() -> None:
    assert make_queries([], ['a, "b,c" ,d']) == [Query(history=("a", "b,c", "d"))]
    assert make_queries([], ["i1,\ni2\n"]) == [Query(history=("i1", "i2"))]
    assert make_queries([], ['5", "6"""']) == [Query(history=('5"', '6"'))]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name whom to recommend to"),
        (["--history", ""], "expected item ids with commas between"),
        (["--history", "1,,2"], "expected item ids with commas between"),
        (["--history", "\n"], "expected item ids with commas between"),
        (["--history", 'a,"b,c'], "a double quote is not closed"),
        (["--history", '"'], "a double quote is not closed"),
        (["--history", "x" * 200_000], "field larger than field limit"),
        (["--user", "1", "--top", "0"], "Invalid value for '--top'"),
    ],
)
def test_mistakes_end_with_code_2(
    arguments: list[str], message: str, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("recommend", finished, *arguments) == 2
    printed = " ".join(capsys.readouterr().err.split())
    assert message in printed
    assert "Traceback" not in printed


def test_a_model_that_does_not_recommend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("recommend", train(tmp_path / "run", "tiny"), "--user", 1) == 2
    message = capsys.readouterr().err
    assert "model tiny does not recommend items; for what is alike try: run.py neighbors" in message


def test_a_query_names_one_of_the_two() -> None:
    with pytest.raises(ValueError, match="either a user or a history"):
        Query(user="1", history=("2",))
    with pytest.raises(UserError, match="name whom"):
        make_queries([], [])
