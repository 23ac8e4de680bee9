from pathlib import Path

import pytest

from tests.end_to_end.command import run, settings


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small finished run of MEOW."""
    folder = tmp_path_factory.mktemp("runs") / "meow"
    assert run("--model", "meow", "--device", "cpu", "--output", folder, *settings()) == 0
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of a test, where runs would go."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
