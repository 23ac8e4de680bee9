"""A model of RecBole from arguments to files, as any other model."""

from pathlib import Path

import pytest

from core.run_folder import RunFolder
from tests.end_to_end.command import FILES, measured, run, settings
from tests.recsys.interop.recbole_runs import needs_recbole

pytestmark = needs_recbole

SMALL = {
    "data.users": 120,
    "data.items": 40,
    "trainer.epochs": 2,
    "batches.size": 128,
    "batches.max_length": 10,
    "recbole.embedding_size": 8,
}


def test_a_run_is_complete_repeats_evaluates_and_recommends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("--model", "recbole:STAMP", *settings(SMALL)) == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.startswith("planted-sequences-recbole-STAMP-")  # a colon would not do for every file system
    assert {path.name for path in folder.iterdir()} >= FILES
    stored = RunFolder(folder).read_settings()
    assert stored["model"] == "recbole:STAMP"
    assert stored["recbole"] == {"embedding_size": 8, "loss_type": "CE"}
    assert "STAMP as RecBole has it" in (folder / "report.html").read_text()

    again = tmp_path / "again"
    assert run("--config", folder / "settings.yaml", "--output", again) == 0
    assert measured(again) == measured(folder)
    capsys.readouterr()
    assert run("evaluate", folder) == 0
    assert f"{measured(folder)['test/mrr@10']:.4f}" in capsys.readouterr().out
    assert run("recommend", folder, "--user", "3", "--top", "4") == 0
    assert "For user 3" in capsys.readouterr().out
    assert run("--resume", folder) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "recbole:STAMPS"], "did you mean STAMP"),
        (["--model", "STAMP"], "did you mean recbole:STAMP"),
        (["--model", "recbole:STAMP", "--set", "recbole.embeding_size=3"], "did you mean embedding_size"),
        (["--model", "recbole:STAMP", "--set", "encoder.hidden=3"], "unknown setting encoder"),
        (["--model", "recbole:STAMP", "--dataset", "planted-graph"], "learns from sequence data"),
        (["--model", "recbole:KSR"], "learns from more than histories"),
        (["--model", "recbole:DIN"], "cannot rank a whole catalogue"),
    ],
)
def test_mistakes_are_told_in_a_line(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_the_family_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "models") == 0
    assert "recbole:NAME" in capsys.readouterr().out
