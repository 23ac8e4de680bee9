"""MCLRec killed in the middle of training goes on to the same numbers, to the last bit."""

import signal
import time
from pathlib import Path

import numpy as np

from core.history import read_history
from tests.end_to_end.command import SMALL_SEQUENCES, measured, run, settings, start

EPOCHS, KILLED_AFTER = 12, 3
SETTINGS = settings(
    SMALL_SEQUENCES,
    data__longest=10,
    trainer__epochs=EPOCHS,
    trainer__patience="null",
    trainer__checkpoint_seconds=0,
)
"""Dropout and the views draw from the generators that a checkpoint must bring back."""


def test_a_killed_run_goes_on_bit_for_bit(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    command = ["--model", "mclrec", "--device", "cpu"]
    process = start(*command, "--output", killed, *SETTINGS)
    deadline = time.monotonic() + 240
    while len(read_history(killed / "metrics.csv").rows) < KILLED_AFTER and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert KILLED_AFTER <= len(read_history(killed / "metrics.csv").rows) < EPOCHS
    assert not (killed / "metrics.json").exists()

    assert run("--resume", killed, "--device", "cpu") == 0
    assert run(*command, "--output", whole, *SETTINGS) == 0
    assert measured(killed) == measured(whole)
    assert measured(killed)["epochs"] == EPOCHS
    with np.load(killed / "embeddings.npz") as one, np.load(whole / "embeddings.npz") as other:
        np.testing.assert_array_equal(one["vectors"], other["vectors"])
    for column in ("loss", "augmenters", "valid/mrr@10"):
        found, expected = (read_history(folder / "metrics.csv").column(column) for folder in (killed, whole))
        assert found == expected
