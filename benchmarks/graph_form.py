"""The process that `benchmarks.measurement` starts: `python benchmarks/graph_form.py '<job as JSON>'` prints JSON.

Not meant to be called by hand; see graph_epoch.py and graph_scaling.py.
"""

import statistics
import sys
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch

from benchmarks.agreement import differences, fast_objective
from benchmarks.dense_reference import dense_objective, dense_step, densify, own_objective
from benchmarks.measurement import Job, Measurement
from benchmarks.worker import build, median_seconds, timed, work
from core.clustering import spherical_kmeans
from core.devices import peak_memory
from core.errors import UserError
from core.objectives.library.meow import MeowObjective
from graphcl.contrast_task import ContrastTask
from graphcl.domain import domain
from graphcl.settings import ContrastSettings
from graphcl.views import ViewSet


def run(job: Job) -> Measurement:
    """Build the task and measure the asked form of its epoch."""
    found = build(job, domain)
    task, settings = found.task, found.settings
    if not isinstance(task, ContrastTask) or not isinstance(settings, ContrastSettings):
        raise UserError(f"{job.model} does not train; choose meow or adameow")
    views: ViewSet = next(iter(task.batches(0)))
    built = found.measurement(views.sizes[views.target])
    if job.form == "fast":
        return _fast(job, task, settings, views, built)
    if job.form == "naive":
        return _naive(job, task, settings, views, built)
    if job.form == "check":
        loss, gradient = differences(task, settings, views)
        return replace(built, loss_difference=loss, gradient_difference=gradient)
    return built


def _fast(job: Job, task: ContrastTask, settings: ContrastSettings, views: ViewSet, built: Measurement) -> Measurement:
    def update(optimizer: str, loss: torch.Tensor) -> None:
        task.optimizers[optimizer].zero_grad()
        loss.backward()
        task.optimizers[optimizer].step()

    seconds = median_seconds(partial(task.training_step, views, update), job)
    peak = peak_memory(torch.device(job.device))
    return replace(built, step_s=seconds, peak_mb=peak, parts=_parts(job, task, settings, views))


def _naive(job: Job, task: ContrastTask, settings: ContrastSettings, views: ViewSet, built: Measurement) -> Measurement:
    step = partial(dense_step, task, densify(views, job.device), dense_objective(settings, task.module))
    seconds = median_seconds(step, job)
    return replace(built, step_s=seconds, peak_mb=peak_memory(torch.device(job.device)))


def _parts(job: Job, task: ContrastTask, settings: ContrastSettings, views: ViewSet) -> dict[str, float]:
    """Return the median seconds of each part of the fast epoch.

    The blockwise losses make their gradients along with their values, so that what is left for the backward pass is
    the encoder's. The clustering within MEOW's objective is timed by itself, on the same points, and taken off.
    """
    objective, optimizer = fast_objective(task, task.module), task.optimizers["adam"]
    own = own_objective(settings)
    rounds: list[dict[str, float]] = []
    for _ in range(job.repeats + 1):
        optimizer.zero_grad()
        took: dict[str, float] = {}
        encoded, took["encoder, forward"] = timed(partial(task.encoder.forward, views), job.device)
        clustering = 0.0
        if isinstance(own, MeowObjective):
            cluster = partial(_cluster, encoded.fine.detach(), own)
            took["k-means"] = clustering = timed(cluster, job.device)[1]
        parts, whole = timed(partial(objective, encoded), job.device)
        took["losses, forward and gradients"] = max(0.0, whole - clustering)
        took["encoder, backward"] = timed(parts["loss"].backward, job.device)[1]
        took["optimiser"] = timed(optimizer.step, job.device)[1]
        rounds.append(took)
    return {name: statistics.median(took[name] for took in rounds[1:]) for name in rounds[0]}


def _cluster(points: torch.Tensor, objective: MeowObjective) -> None:
    spherical_kmeans(points, objective.clusters, starts=objective.starts, iterations=objective.iterations)


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="Sparse", category=UserWarning)
    work(run)
