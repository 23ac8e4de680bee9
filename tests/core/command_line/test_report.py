"""`report` makes the same page anew from what a run has left, and changes nothing else."""

from pathlib import Path

import pytest

from core.command_line import main
from core.command_line.plan import Plan
from core.command_line.run_report import kept_epoch
from core.history import History
from tests.core.tiny_domain import domain, models

CONFIGS = Path(__file__).resolve().parents[1] / "configs"


def run(*arguments: object) -> int:
    return main([domain], CONFIGS, [str(argument) for argument in arguments])


def contents(path: Path) -> dict[str, bytes]:
    return {str(one.relative_to(path)): one.read_bytes() for one in sorted(path.rglob("*")) if one.is_file()}


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "seeds"
    assert run("--model", "tiny", "--seeds", "0,1", "--device", "cpu", "--output", path) == 0
    return path


def test_the_page_is_the_same_again(seeds: Path) -> None:
    before = contents(seeds)
    for path in (seeds, seeds / "seed-1"):
        (path / "report.html").unlink()
        assert run("report", path, "--device", "cpu") == 0
    assert contents(seeds) == before


def test_another_map(seeds: Path) -> None:
    assert run("report", seeds / "seed-0", "--device", "cpu", "--map", "tsne") == 0
    assert "t-SNE" in (seeds / "seed-0" / "report.html").read_text(encoding="utf-8")


def test_only_finished_runs_have_one(seeds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("report", tmp_path) == 2
    assert "not a run folder" in capsys.readouterr().err
    (seeds / "seed-1" / "metrics.json").unlink()
    assert run("report", seeds) == 2
    assert f"go on with --resume {seeds}" in capsys.readouterr().err
    assert run("report", seeds / "seed-1", "--device", "cpu") == 2


@pytest.mark.parametrize(
    ("trainer", "epoch"),
    [
        ({"monitor": "valid/score"}, 2),
        ({"monitor": "loss"}, 3),
        ({"monitor": "loss", "keep": "last"}, 0),
        ({"monitor": "valid/other"}, 0),
    ],
)
def test_the_epoch_that_was_kept(trainer: dict[str, str], epoch: int) -> None:
    history = History()
    scores = (-3.0, -1.0, -1.0, float("nan"))
    history.restore(
        [
            {"epoch": place, "loss": abs(3 - place) + 0.5, "valid/score": score}
            for place, score in enumerate(scores, start=1)
        ]
    )
    entry = models.get("tiny")
    assert kept_epoch(Plan(entry, entry.settings.model_validate({"trainer": trainer})), history) == epoch
