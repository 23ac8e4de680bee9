"""The process that `benchmarks.measurement` starts: `python benchmarks/sequence_form.py '<job as JSON>'` prints JSON.

Not meant to be called by hand; see sequence_throughput.py and sequence_scaling.py.
"""

import cProfile
import itertools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from benchmarks.measurement import Job, Measurement
from benchmarks.sequence_agreement import TOLERANCE, differences, rank_difference
from benchmarks.sequence_reference import Padded, PaddedModel, padded_metrics
from benchmarks.worker import build, median_seconds, work
from core.devices import peak_memory
from core.errors import UserError
from core.losses import catalogue_softmax, contrastive_regulariser, nt_xent
from datasets import SequenceDataset
from datasets.leave_one_out import LeaveOneOut
from recsys.domain import domain
from recsys.encoders import SequenceEncoder
from recsys.model_augmenter import ModelAugmenter
from recsys.sequence_task import SequenceTask
from recsys.settings import SequenceSettings
from recsys.views import with_views

Step = Callable[[], object]


def run(job: Job) -> Measurement:
    """Build the task and measure the asked form of its training step or its evaluation."""
    found = build(job, domain)
    task, settings, dataset = found.task, found.settings, found.dataset
    if not isinstance(task, SequenceTask) or not isinstance(settings, SequenceSettings):
        raise UserError(f"{job.model} has no encoder of sequences; choose sasrec, cl4srec or mclrec")
    forms = _Forms(task, settings, cast(SequenceDataset, dataset), found.device)
    if job.phase == "evaluation":
        size, step = forms.evaluation(job)
    else:
        size, step = forms.training(job)
    built = found.measurement(size)
    if job.form == "prepare":
        return built
    if job.form == "check":
        return forms.checked(job, built)
    seconds = median_seconds(step, job)
    measured = replace(built, step_s=seconds, peak_mb=peak_memory(found.device))
    is_told_apart = job.form == "fast" and job.phase == "training" and found.device.type == "cpu"
    return replace(measured, parts=_parts(step, job.repeats)) if is_told_apart else measured


@dataclass(frozen=True)
class _Forms:
    """What can be measured of one task."""

    task: SequenceTask
    settings: SequenceSettings
    dataset: SequenceDataset
    device: torch.device

    @property
    def encoder(self) -> SequenceEncoder:
        return cast(SequenceEncoder, self.task.module.get_submodule("encoder"))

    @property
    def width(self) -> int:
        return self.settings.encoder.max_length

    def training(self, job: Job) -> tuple[int, Step]:
        """Return the sequences of a batch and the step.

        The packed step makes its batch, too; the padded one gets batches that are laid out beforehand.
        """
        stream = itertools.chain.from_iterable(map(self.task.batches, itertools.count()))
        first = next(stream)
        size = len(first[0])
        if job.form != "naive":
            update = partial(_packed_update, self.task.optimizers)
            return size, lambda: self.task.training_step(next(stream), update)
        model = PaddedModel(self.settings, self.task.module)
        laid_out = iter(
            [
                (Padded.of(inputs, self.width), targets)
                for inputs, targets in map(
                    self.task.gather, (numbers for numbers, _ in (first, *itertools.islice(stream, job.repeats)))
                )
            ]
        )
        update = partial(_padded_update, model.make_optimizers())
        return size, lambda: model.step(*next(laid_out), update)

    def evaluation(self, job: Job) -> tuple[int, Step]:
        """Return the number of users and the evaluation that follows every epoch: of the validation targets."""
        examples, ranking = LeaveOneOut(self.dataset, self.width, self.device).valid, self.settings.evaluation
        if job.form != "naive":
            return len(examples), self.task.validate
        if ranking.filter_seen:
            raise UserError("the padded evaluation ranks seen items, too; use evaluation.filter_seen=false")
        encoder = self.encoder.eval()
        return len(examples), partial(padded_metrics, encoder, examples, ranking.top_k, width=self.width)

    def checked(self, job: Job, built: Measurement) -> Measurement:
        """Compare the packed form with the padded one."""
        if job.phase == "evaluation":
            users, share = rank_difference(self.encoder, self.settings, self.dataset)
            return replace(built, size=users, rank_difference=share)
        loss, gradient = differences(self.task, self.settings, next(iter(self.task.batches(0))))
        return replace(built, loss_difference=loss, gradient_difference=gradient, tolerance=TOLERANCE)


def _packed_update(optimizers: Mapping[str, Optimizer], optimizer: str, loss: Tensor) -> None:
    chosen = optimizers[optimizer]
    chosen.zero_grad()
    _differentiate(loss, [parameter for group in chosen.param_groups for parameter in group["params"]])
    _make_step(chosen)


def _padded_update(optimizers: Mapping[str, Optimizer], optimizer: str, loss: Tensor) -> None:
    for one in optimizers.values():
        one.zero_grad()
    loss.backward()
    optimizers[optimizer].step()


def _differentiate(loss: Tensor, parameters: list[nn.Parameter]) -> None:
    loss.backward(inputs=parameters)


def _make_step(optimizer: Optimizer) -> None:
    optimizer.step()


_PARTS: Mapping[str, tuple[Callable[..., Any], ...]] = {
    "augment": (with_views,),
    "encode, forward": (SequenceEncoder.forward,),
    "encode, backward": (_differentiate,),
    "contrasts": (nt_xent, contrastive_regulariser, ModelAugmenter.forward),
    "softmax": (catalogue_softmax,),
    "optimiser": (_make_step,),
}
"""The functions whose time makes a part. Losses make their gradients along with their values, so that what is left for
the backward pass is nearly all the encoder's."""


def _parts(step: Step, repeats: int) -> dict[str, float]:
    """Return the mean seconds of each part of the step, as Python's profiler finds them."""
    profile = cProfile.Profile()
    for _ in range(repeats):
        profile.runcall(step)
    entries = {entry.code: entry.totaltime for entry in profile.getstats()}
    whole = max(entries.values())
    parts = {name: sum(entries.get(one.__code__, 0.0) for one in functions) for name, functions in _PARTS.items()}
    parts["batches and the rest"] = max(0.0, whole - sum(parts.values()))
    return {name: seconds / repeats for name, seconds in parts.items()}


if __name__ == "__main__":
    work(run)
