"""`compare` and `leaderboard` from arguments to tables and files."""

from pathlib import Path

import pytest

from core.command_line import main
from tests.core.comparison.folders import finish, finish_seeds
from tests.core.tiny_domain import domain

CONFIGS = Path(__file__).resolve().parents[1] / "configs"


def run(*arguments: object) -> int:
    return main([domain], CONFIGS, [str(argument) for argument in arguments])


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    finish_seeds(folder / "b-sasrec", {"test/ndcg@10": [0.10, 0.12, 0.11], "test/hr@10": [0.2, 0.2, 0.2]})
    finish_seeds(
        folder / "b-mclrec", {"test/ndcg@10": [0.20, 0.21, None], "test/hr@10": [0.1, 0.1, None]}, model="mclrec"
    )
    finish_seeds(folder / "acm" / "meow", {"classification/20/macro_f1": [0.9, 0.92]}, model="meow", dataset="acm")
    finish(folder / "acm" / "raw", {"classification/20/macro_f1": 0.7, "epochs": 0}, model="raw", dataset="acm")
    finish(folder / "odd", {"test/users": 3.0}, dataset="odd")
    return folder


def lines_of(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_compare_prints_one_aligned_table(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compare", runs / "b-sasrec", runs / "b-mclrec") == 0
    printed = capsys.readouterr().out
    assert ["test/ndcg@10", "↑", "0.1100", "±", "0.0100", "*0.2050*", "±", "0.0071"] in lines_of(printed)
    assert ["test/hr@10", "↑", "*0.2000*", "±", "0.0000", "0.1000", "±", "0.0000"] in lines_of(printed)
    assert "too few seeds for any test over them: 2 in common" in printed
    assert f"not finished, and left out: {runs / 'b-mclrec'} (seed 2)" in printed


def test_the_suffix_decides_on_the_format_and_nothing_is_overwritten(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = (f"base={runs / 'b-sasrec'}", runs / "b-mclrec")
    for name, part in (
        ("a.md", "| metric"),
        ("a.csv", "dataset,protocol"),
        ("a.tex", "\\begin{tabular}"),
        ("a.txt", "↑"),
    ):
        assert run("compare", *both, "--output", tmp_path / "tables" / name) == 0
        text = (tmp_path / "tables" / name).read_text(encoding="utf-8")
        assert part in text
        assert "base" in text
        assert "\x1b" not in text
    assert run("compare", *both, "--output", tmp_path / "tables" / "a.md") == 2
    assert "--overwrite" in capsys.readouterr().err
    assert run("compare", *both, "--output", tmp_path / "tables" / "a.md", "--overwrite", "--format", "csv") == 0
    assert (tmp_path / "tables" / "a.md").read_text().startswith("dataset,protocol")
    assert "too few seeds" in capsys.readouterr().err  # a CSV file has no place for it


def test_other_data_are_another_table(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patterns = ["--metrics", "test/ndcg@*,*/macro_f1"]
    assert run("compare", runs / "b-sasrec", runs / "acm" / "meow", *patterns, "--format", "markdown") == 0
    printed = capsys.readouterr().out
    assert [line for line in printed.splitlines() if line.startswith("## ")] == ["## beauty", "## acm"]
    assert "runs on different data do not compare" in printed
    assert run("compare", runs / "b-sasrec", runs / "acm" / "meow", "--metrics", "test/hr@10") == 0
    assert "acm: no run has test/hr@10" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare"], "Missing argument"),
        (["compare", "nowhere"], "there is no such run folder"),
        (["compare", "runs"], "not a run folder"),
        (["compare", "runs/b-sasrec", "runs/b-sasrec/seed-1"], "is given twice"),
        (["compare", "runs/b-mclrec/seed-2"], "not finished; go on with: python run.py --resume"),
        (["compare", "runs/b-sasrec", "--metrics", "test/ndgc@10"], "did you mean test/ndcg@10"),
        (["compare", "runs/b-sasrec", "--baseline", "nowhere"], "--baseline nowhere: there is no such run folder"),
        (["compare", "runs/b-sasrec", "--output", "runs"], "is a folder"),
        (["compare", "runs/b-sasrec", "--format", "xls"], "'xls'"),
        (["leaderboard", "nowhere"], "no such folder"),
        (["leaderboard", "empty"], "there is no finished run below it"),
        (["leaderboard", "runs", "--dataset", "beuty"], "there are runs on: acm, beauty, odd"),
        (["leaderboard", "runs", "--metric", "test/hr@1"], "did you mean test/hr@10"),
        (["leaderboard", "runs", "--metric", "test/users"], "which end of test/users is better is not known"),
    ],
)
def test_mistakes_end_with_code_2(
    arguments: list[str], message: str, runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(runs.parent)
    (runs.parent / "empty").mkdir()
    assert run(*arguments) == 2
    printed = " ".join(capsys.readouterr().err.split())
    assert message in printed
    assert "Traceback" not in printed


def test_a_leaderboard_of_each_data_set_the_best_first(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (runs / "broken").mkdir()
    (runs / "broken" / "settings.yaml").write_text("model: [unclosed")
    assert run("leaderboard", runs) == 0
    printed = capsys.readouterr().out
    rows = [words for words in lines_of(printed) if words and words[0] in ("1", "2")]
    assert [(words[0], words[1]) for words in rows] == [("1", "meow"), ("2", "raw"), ("1", "mclrec"), ("2", "sasrec")]
    assert rows[2][2:6] == ["2", "*0.2050*", "±", "0.0071"]
    assert f"1: {runs / 'acm' / 'meow'}, seeds 0, 1" in printed
    assert f"not finished, and left out: {runs / 'b-mclrec'} (seed 2)" in printed
    assert "odd: no run has a metric whose better end is known" in printed
    assert f"left out: {runs / 'broken' / 'settings.yaml'}" in printed


def test_a_leaderboard_by_another_metric(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("leaderboard", runs, "--dataset", "beauty", "--metric", "test/hr@10", "--format", "csv") == 0
    rows = [line.split(",") for line in capsys.readouterr().out.splitlines()]
    columns = {name: index for index, name in enumerate(rows[0])}
    assert [row[columns["run"]] for row in rows[1:]] == ["sasrec", "mclrec"]
    assert float(rows[1][columns["mean"]]) == pytest.approx(0.2)


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    for command, example in (
        ("compare", "python run.py compare runs/sasrec runs/mclrec"),
        ("leaderboard", "python run.py leaderboard runs/sweep --dataset beauty"),
        ("sweep", "python run.py sweep beauty.yaml --jobs 2"),
    ):
        assert run(command, "--help") == 0
        assert example in capsys.readouterr().out
