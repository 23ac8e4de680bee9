"""A command that must be refused."""

from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.command import run


def check_refused(arguments: list[Any], folder: Path, capsys: pytest.CaptureFixture[str], *parts: str) -> None:
    """Run in `folder`, which must hold as many things afterwards as before, and read the message."""
    before = sorted(path for path in folder.rglob("*"))
    assert run(*arguments) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert "Traceback" not in printed
    for part in parts:
        assert part in printed
    assert sorted(path for path in folder.rglob("*")) == before
