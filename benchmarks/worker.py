"""What every measured process does: it reads its job, keeps to its memory, times steps and prints JSON."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

import torch

from benchmarks.measurement import Job, Measurement, limit_memory
from core.errors import UserError

Result = TypeVar("Result")


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
