"""What every measured process does: it reads its job, keeps to its memory, times steps and prints JSON."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch

import datasets
from benchmarks.measurement import ROOT, Job, Measurement, limit_memory
from core.command_line.plan import Request, make_plan
from core.devices import peak_memory, reset_peak_memory
from core.domain import Domain
from core.environment import describe_environment
from core.errors import UserError
from core.heap import reuse_large_blocks
from core.randomness import seed_all
from core.task import Task

Result = TypeVar("Result")


@dataclass(frozen=True)
class Built:
    """A job's task, its data set and its settings."""

    task: Task
    dataset: datasets.GraphDataset | datasets.SequenceDataset
    settings: Any
    device: torch.device

    def measurement(self, size: int) -> Measurement:
        """Return what is known before the first step."""
        environment = describe_environment(self.device, seed=self.settings.seed, checksum=self.dataset.checksum)
        return Measurement(size=size, built_mb=peak_memory(self.device), environment=environment)


def build(job: Job, domain: Domain) -> Built:
    """Load the job's data and build its model as the command line would."""
    reuse_large_blocks()
    if job.threads is not None:
        torch.set_num_threads(job.threads)
    request = Request(dataset=job.dataset, model=job.model, assignments=job.assignments)
    plan = make_plan(request, [domain], ROOT / "configs")
    settings, device = plan.settings, torch.device(job.device)
    dataset = datasets.load(job.dataset, Path(job.data_root) if job.data_root else None, settings.data)
    seed_all(settings.seed)
    reset_peak_memory(device)
    return Built(plan.entry.build(settings, dataset, device), dataset, settings, device)


def work(run: Callable[[Job], Measurement]) -> None:
    """Run the job that the command line holds as JSON; print the measurement as JSON, the last line of the output.

    Memory that runs out is a result; another failure ends the process with its message.
    """
    job = Job(**json.loads(sys.argv[1]))
    limit_memory(job.memory_gb)
    try:
        measurement = run(job)
    except UserError as error:
        sys.exit(f"error: {error}")
    except (MemoryError, RuntimeError) as error:
        if not _is_memory(error):
            raise
        limit = f" ({job.memory_gb:g} GiB)" if job.memory_gb else ""
        measurement = Measurement(failure=f"out of memory{limit}")
    print(json.dumps(asdict(measurement)))


def median_seconds(step: Callable[[], object], job: Job) -> float:
    """Return the median over the job's repeats, after one call to warm up."""
    step()
    return statistics.median(timed(step, job.device)[1] for _ in range(job.repeats))


def timed(step: Callable[[], Result], device: str) -> tuple[Result, float]:
    """Return the step's result and the seconds it took, the device's included."""
    _wait(device)
    started = time.perf_counter()
    result = step()
    _wait(device)
    return result, time.perf_counter() - started


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def _is_memory(error: BaseException) -> bool:
    """Say whether the error means that memory ran out; torch has no exception of its own for that on the CPU."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)
