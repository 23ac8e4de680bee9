"""The real command line, in this process or in one of its own, on settings that take seconds."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from core.command_line import main
from graphcl.domain import domain as graphs
from recsys.domain import domain as sequences

ROOT = Path(__file__).resolve().parents[2]

FILES = {"settings.yaml", "metrics.json", "metrics.csv", "embeddings.npz", "report.html", "environment.json"}
"""What a finished run folder holds, beside checkpoints and scalars for TensorBoard."""

SMALL = {
    "data.target_nodes": 400,
    "trainer.epochs": 4,
    "encoder.hidden": 16,
    "encoder.head": 16,
    "objective.clusters": "[5, 9]",
    "evaluation.repeats": 2,
    "evaluation.steps": 10,
}

SMALL_SEQUENCES = {
    "data.users": 150,
    "data.items": 60,
    "trainer.epochs": 3,
    "batches.size": 128,
    "encoder.hidden": 8,
    "encoder.inner": 8,
}


def settings(small: Mapping[str, object] = SMALL, **changes: object) -> list[str]:
    """Return `--set` arguments: small settings and `changes`, with __ for the dot; None leaves one out."""
    merged = {**small, **{key.replace("__", "."): value for key, value in changes.items()}}
    return [word for key, value in merged.items() if value is not None for word in ("--set", f"{key}={value}")]


def run(*arguments: object) -> int:
    """Run the command line here and return its exit code."""
    return main([graphs, sequences], ROOT / "configs", [str(argument) for argument in arguments])


def start(*arguments: object, cwd: Path = ROOT) -> "subprocess.Popen[str]":
    """Start `run.py` as a process of its own."""
    words = [sys.executable, str(ROOT / "run.py"), *(str(argument) for argument in arguments)]
    return subprocess.Popen(words, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def measured(folder: Path) -> dict[str, float]:
    """Return a run's metrics but for those of time and memory."""
    metrics = json.loads((folder / "metrics.json").read_text())
    return {name: value for name, value in metrics.items() if not name.startswith(("time/", "memory/"))}
