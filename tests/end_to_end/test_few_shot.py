"""Few-shot episodes from the command line: with a run, and added to one that is trained."""

import json
from html import escape
from pathlib import Path

import numpy as np
import pytest

from tests.end_to_end.command import measured, run, settings
from tests.end_to_end.own_graph import write_graph
from tests.end_to_end.refusal import check_refused

SHOTS = "evaluation.few_shot.shots=[1, 5]"
EPISODES = "evaluation.few_shot.episodes=50"
NAMES = {
    f"few_shot/3way_{shots}shot/accuracy{form}{kind}"
    for shots in (1, 5)
    for form in ("", "_aligned")
    for kind in ("", "_std", "_ci95")
}
FROZEN = settings(trainer__epochs=None, encoder__hidden=None, encoder__head=None, objective__clusters=None)


def test_a_run_scores_them_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "features"
    few = ["--set", SHOTS, "--set", EPISODES]
    assert run("--model", "raw-features", "--device", "cpu", "--output", folder, *FROZEN, *few) == 0
    metrics = measured(folder)
    assert {name for name in metrics if name.startswith("few_shot/")} == NAMES
    assert 1 / 3 < metrics["few_shot/3way_1shot/accuracy"] < metrics["few_shot/3way_5shot/accuracy"] <= 1
    protocol = json.loads((folder / "environment.json").read_text())["protocol"]
    assert "50 few-shot episodes of 3 classes, 1 or 5 labelled nodes and 15 queries each" in protocol
    page = (folder / "report.html").read_text()
    assert escape(protocol) in page
    assert "<h3>few_<wbr>shot</h3>" in page
    assert "<td>3way_5shot</td>" in page
    assert ">accuracy_aligned</th>" in page


def test_a_trained_run_is_given_them_and_stays_as_it_is(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    assert run("evaluate", finished, "--device", "cpu", "--set", SHOTS, "--set", EPISODES) == 0
    printed = {words[0]: words[1] for line in capsys.readouterr().out.splitlines() if len(words := line.split()) > 1}
    assert {name for name in NAMES if not name.endswith("_std")} <= printed.keys()
    for name, value in measured(finished).items():
        if name.startswith(("classification", "clustering")) and not name.endswith("_std"):
            assert printed[name] == f"{value:.4f}"
    assert np.isfinite([float(printed[name]) for name in printed if name.startswith("few_shot/")]).all()
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("*")} == before


@pytest.mark.parametrize(
    ("assignment", "parts"),
    [
        ("evaluation.few_shot.ways=4", ["takes 4 classes", "has 3 such classes", "fewer ways"]),
        ("evaluation.few_shot.queries=1000", ["takes 2 classes with 1005 labelled nodes", "has 0 such classes"]),
        ("evaluation.few_shot.shot=[1]", ["evaluation.few_shot.shot", "did you mean evaluation.few_shot.shots"]),
        ("evaluation.few_shot.shots=[0]", ["evaluation.few_shot.shots (from --set)", "greater than or equal to 1"]),
        ("evaluation.few_shot.shots=[1, 1]", ["evaluation.few_shot.shots (from --set)", "given twice"]),
        ("evaluation.few_shot=5", ["evaluation.few_shot (from --set) expects a section"]),
    ],
)
def test_mistakes_in_the_settings(
    assignment: str, parts: list[str], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_refused(["--model", "raw-features", "--set", assignment], here, capsys, *parts)


def test_mistakes_at_a_trained_run(finished: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = ["evaluate", finished, "--set", "trainer.epochs=9"]
    check_refused(refused, here, capsys, "--set trainer.epochs=9", "begin with evaluation")


def test_a_graph_without_labels(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_graph(here / "graph", labels=None, splits=None)
    refused = ["--dataset", path, "--model", "raw-features", "--output", here / "out", "--set", SHOTS]
    check_refused(refused, here, capsys, "evaluation.few_shot", "has no labels", "evaluation.few_shot=null")
