"""A run folder is held by one process; a killed one lets go."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import UserError
from core.run_lock import LOCK, run_lock

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
HOLD = """
import sys, time
from pathlib import Path
from core.run_lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_holder_is_told_who_the_first_is(tmp_path: Path) -> None:
    refused = pytest.raises(UserError, match=f"process {os.getpid()} is training this run")
    with run_lock(tmp_path), refused, run_lock(tmp_path):
        pass
    assert not (tmp_path / LOCK).exists()
    with run_lock(tmp_path):
        assert (tmp_path / LOCK).read_text(encoding="utf-8") == str(os.getpid())


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(UserError, match=f"process {holder.pid}"), run_lock(tmp_path):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with run_lock(tmp_path):
        assert (tmp_path / LOCK).exists()


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / LOCK).mkdir()
    with pytest.raises(UserError, match=f"{tmp_path}: cannot be written to"), run_lock(tmp_path):
        pass
