"""Measuring one form of a model's step in a process of its own, since a process's peak memory never falls."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from core.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
Domain = Literal["graph", "sequence"]
WORKERS: dict[Domain, Path] = {
    "graph": ROOT / "benchmarks" / "graph_form.py",
    "sequence": ROOT / "benchmarks" / "sequence_form.py",
}
"""The script that measures a domain's models."""
TOLERANCE = 1e-5
"""Largest relative error at which a fast form, in float32, computes what the naive one does in float64."""

Form = Literal["prepare", "fast", "naive", "check"]
"""`prepare` loads and builds only, which leaves the derived files in the cache; `check` compares the fast form with the
naive one in float64."""
Phase = Literal["training", "evaluation"]


@dataclass(frozen=True)
class Job:
    """What to measure.

    Attributes:
        phase: what is measured of the model: training, or evaluation (sequences only).
        assignments: settings over the model's own, as `--set` takes them.
        repeats: measured steps; one more goes before them to warm up.
        threads: CPU threads; torch's choice if null.
        memory_gb: limit on the process's data in GiB; none if null. Linux only.
    """

    dataset: str
    model: str
    form: Form = "fast"
    domain: Domain = "graph"
    phase: Phase = "training"
    assignments: Sequence[str] = ()
    repeats: int = 5
    device: str = "cpu"
    threads: int | None = None
    memory_gb: float | None = None
    data_root: str | None = None


@dataclass(frozen=True)
class Measurement:
    """What a job gave; times in seconds, memory in MiB.

    Attributes:
        failure: why there are no numbers, such as "out of memory"; empty if all went well.
        size: what a step works on: target nodes of an epoch, sequences of a batch, users of an evaluation.
        step_s: median over the repeats.
        built_mb: peak before the first step: libraries, data, model and views.
        peak_mb: peak after the last one.
        parts: seconds of each part of the step (fast form).
        loss_difference, gradient_difference: relative errors of the fast form without dropout (check).
        rank_difference: share of users whose target gets another rank (check of an evaluation).
        tolerance: largest of these differences that is put down to rounding.
        environment: versions and device.
    """

    failure: str = ""
    size: int = 0
    step_s: float = 0.0
    built_mb: float = 0.0
    peak_mb: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    loss_difference: float | None = None
    gradient_difference: float | None = None
    rank_difference: float | None = None
    tolerance: float = TOLERANCE
    environment: dict[str, Any] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        """Whether the fast form was checked and computes something else than the naive one."""
        found = (self.loss_difference, self.gradient_difference, self.rank_difference)
        return any(one is not None and not one <= self.tolerance for one in found)  # not a number is a difference, too


def measure(job: Job) -> Measurement:
    """Run a job in a fresh process.

    Raises:
        UserError: with the process's own message, when it fails for another reason than memory.
    """
    command = [sys.executable, str(WORKERS[job.domain]), json.dumps(asdict(job))]
    environment = dict(os.environ)
    if job.threads is not None:
        # Libraries size their thread pools when they are loaded.
        environment.update(OMP_NUM_THREADS=str(job.threads), MKL_NUM_THREADS=str(job.threads))
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if answer.returncode == 0:
        return Measurement(**json.loads(answer.stdout.splitlines()[-1]))
    # The kernel kills the process that takes the last memory; C++ aborts where it cannot allocate.
    if answer.returncode in (-signal.SIGKILL, -signal.SIGABRT):
        return Measurement(failure="out of memory")
    said = answer.stderr.strip()[-2000:] or "no message; is the memory limit too small to load the libraries?"
    what = f"the {job.form} form of {job.model} on {job.dataset} failed with exit code {answer.returncode}"
    raise UserError(f"{what}:\n{said}")


def limit_memory(gigabytes: float | None) -> None:
    """Make this process fail to allocate beyond the limit, rather than push others out of memory."""
    if gigabytes is None or sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - not on every platform

    limit = int(gigabytes * 2**30)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def default_memory_gb() -> float | None:
    """Return three quarters of the machine's memory in GiB, where it can be found out."""
    try:
        return round(0.75 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None


def describe_machine(measurement: Measurement) -> str:
    """Return one line on what the numbers were measured on."""
    found = measurement.environment
    device = f"{os.cpu_count()} CPUs, {found['threads']} threads" if found["device"] == "cpu" else found["device"]
    return f"{device}; {found['platform']}; Python {found['python']}; torch {found['packages']['torch']}"
