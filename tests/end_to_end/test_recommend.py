"""`recommend` on a trained run: for its users, for new ones, and for what nobody has heard of."""

from pathlib import Path

import pytest

import datasets
from core.command_line import main
from recsys.domain import domain as sequences
from tests.end_to_end.command import ROOT
from tests.end_to_end.command import run as run_graphs

DATA = {"users": 300, "items": 120}
SMALL = {"trainer.epochs": 3, "encoder.hidden": 16, "encoder.inner": 16, "encoder.layers": 1}


def run(*arguments: object) -> int:
    return main([sequences], ROOT / "configs", [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small finished run of SASRec."""
    folder = tmp_path_factory.mktemp("runs") / "sasrec"
    values = SMALL | {f"data.{key}": value for key, value in DATA.items()}
    settings = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    assert run("--model", "sasrec", "--device", "cpu", "--output", folder, *settings) == 0
    return folder


def answers(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[tuple[str, float]]:
    """Return the items and scores that `recommend` prints."""
    capsys.readouterr()
    assert run("recommend", *arguments, "--device", "cpu") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    return [(row[0], float(row[1])) for row in rows if len(row) == 2 and row[1][-1].isdigit()]


def history_of(user: str) -> list[str]:
    log = datasets.load("planted-sequences", None, DATA)
    row = log.user_number(user)
    return [str(log.item_ids[number - 1]) for number in log.items[log.offsets[row] : log.offsets[row + 1]]]


def test_a_user_and_a_new_one_with_the_same_history_get_the_same(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user = str(datasets.load("planted-sequences", None, DATA).user_ids[7])
    known = answers(capsys, trained, "--user", user, "--top", 12)
    new = answers(capsys, trained, "--history", ",".join(history_of(user)), "--top", 12)
    assert known == new
    assert len({item for item, _ in known}) == 12
    scores = [score for _, score in known]
    assert scores == sorted(scores, reverse=True)
    assert answers(capsys, trained, "--user", user, "--top", 3) == known[:3]


def test_seen_items_are_left_out_on_request(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = history_of("7")
    everything = answers(capsys, trained, "--user", "7", "--top", DATA["items"])
    unseen = answers(capsys, trained, "--user", "7", "--top", DATA["items"], "--filter-seen")
    assert len(everything) == DATA["items"]
    assert unseen == [(item, score) for item, score in everything if item not in history]
    assert answers(capsys, trained, "--user", "7", "--top", DATA["items"], "--keep-seen") == everything


def test_several_are_answered_at_once(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    single = [answers(capsys, trained, "--user", user, "--top", 4) for user in ("3", "5")]
    assert answers(capsys, trained, "--user", "3", "--user", "5", "--top", 4) == single[0] + single[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--user", "nobody"], "no user 'nobody' in planted-sequences"),
        (["--history", "1,nothing"], "no item 'nothing' in planted-sequences"),
        ([], "name whom to recommend to"),
    ],
)
def test_mistakes(arguments: list[str], message: str, trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in trained.rglob("*"))
    assert run("recommend", trained, *arguments) == 2
    printed = capsys.readouterr().err
    assert message in printed
    assert "Traceback" not in printed
    assert sorted((path, path.stat().st_mtime_ns) for path in trained.rglob("*")) == before


def test_a_model_of_graphs_does_not_recommend(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_graphs("recommend", finished, "--user", "1") == 2
    assert "model meow does not recommend items; for what is alike try: run.py neighbors" in capsys.readouterr().err
