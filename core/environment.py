"""What a run ran on: versions, device, commit, seed."""

import platform
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

PACKAGES = ("torch", "torch-geometric", "lightning", "numpy", "scipy", "scikit-learn", "pandas", "pydantic")


def describe_environment(device: torch.device, *, seed: int | list[int], checksum: str) -> dict[str, Any]:
    """Return a mapping of plain values for `environment.json`; what cannot be found out is null."""
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "arguments": sys.argv[1:],
        "seed": seed,
        "dataset_checksum": checksum,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "platform": platform.platform(),
        "cuda": torch.version.cuda,
        **describe_code(),
    }


def describe_code() -> dict[str, Any]:
    """Return the part of it that does not depend on the machine: versions and commit."""
    return {
        "python": platform.python_version(),
        "git_commit": _git_commit(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git_commit() -> str | None:
    """Return the checkout's commit, with "-dirty" when tracked files differ from it."""
    git, checkout = shutil.which("git"), Path(__file__).resolve().parent.parent
    if git is None or not (checkout / ".git").exists():
        return None
    command = [git, "-C", str(checkout), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None
