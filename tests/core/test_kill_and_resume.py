"""A run killed at any moment goes on to the same numbers as one that was not."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import torch

from core.history import read_history
from tests.core.tiny_run import EPOCHS, train

ROOT = Path(__file__).resolve().parents[2]


def start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.core.tiny_run", str(folder)], cwd=ROOT)


def kill_after(process: subprocess.Popen[bytes], folder: Path, epochs: int) -> None:
    deadline = time.monotonic() + 60
    while len(read_history(folder / "metrics.csv").rows) < epochs and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def test_killed_and_resumed_is_bitwise_the_same(tmp_path: Path) -> None:
    whole_task, whole = train(tmp_path / "whole")
    folder = tmp_path / "killed"
    kill_after(start(folder), folder, 27)
    assert 27 <= len(read_history(folder / "metrics.csv").rows) < EPOCHS
    assert (folder / "checkpoints").is_dir()

    task, trainer = train(folder, resume=True)
    for name, value in whole_task.module.state_dict().items():
        assert torch.equal(value, task.module.state_dict()[name]), name
    for name in ("epoch", "loss", "again", "valid/score"):
        assert trainer.history.column(name) == whole.history.column(name)
    assert read_history(folder / "metrics.csv").rows == trainer.history.rows
    assert [path.name for path in sorted((folder / "checkpoints").iterdir()) if path.suffix == ".pt"] == [
        "last.pt",
        "previous.pt",
    ]
