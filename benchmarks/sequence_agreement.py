"""How far the packed forms of the sequential recommenders are from the padded ones in double precision."""

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.sequence_reference import Padded, PaddedModel, Views, padded_hits
from core.task import Update
from datasets import SequenceDataset
from datasets.leave_one_out import LeaveOneOut
from datasets.packing import PackedSequences
from recsys.encoders import SequenceEncoder
from recsys.evaluation import rank_examples
from recsys.sequence_task import SequenceTask
from recsys.settings import SequenceSettings
from recsys.views import with_views

TOLERANCE = 1e-4
"""Largest relative error at which both forms compute the same. MCLRec's regulariser has a kink where two negatives are
equally hard; single precision may take either, and where they nearly tie its gradients are off by some 1e-5."""


@dataclass(frozen=True)
class Differentiated:
    """One update of a batch: its optimiser, its loss, and the gradient of all that the optimiser moves."""

    optimizer: str
    loss: Tensor
    gradient: Tensor


def both_forms(
    task: SequenceTask, settings: SequenceSettings, batch: Any
) -> tuple[list[Differentiated], list[Differentiated]]:
    """Return the updates that the packed form asks for, and those of the padded one in double precision.

    Both have the same parameters, which stay as they are, the same views, and no dropout.
    """
    inputs, targets = task.gather(batch[0])
    exact = deepcopy(task.module).double().eval()
    was_training = task.module.training
    task.module.eval()
    packed: list[Differentiated] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        task.training_step(batch, _into(packed, task.module))
        torch.manual_seed(settings.seed)  # the step's first draws were those of its views
        views = _views(inputs, settings)
    task.module.train(was_training)
    padded: list[Differentiated] = []
    width = settings.encoder.max_length
    PaddedModel(settings, exact).step_with(Padded.of(inputs, width), views, targets, _into(padded, exact))
    return packed, padded


def differences(task: SequenceTask, settings: SequenceSettings, batch: Any) -> tuple[float, float]:
    """Return the packed form's largest relative error in a loss, and in the gradients of one update."""
    losses, gradients = [], []
    for ours, exact in zip(*both_forms(task, settings, batch), strict=True):
        losses.append(float((ours.loss - exact.loss).abs() / exact.loss.abs()))
        gradients.append(float((ours.gradient - exact.gradient).norm() / exact.gradient.norm()))
    return max(losses), max(gradients)


def rank_difference(
    encoder: SequenceEncoder, settings: SequenceSettings, dataset: SequenceDataset, users: int = 512
) -> tuple[int, float]:
    """Return of how many users the validation targets were ranked, and the share whose two ranks differ.

    Both forms are in double precision: the ranks are whole numbers, and those of near ties hang on single bits.
    """
    exact = deepcopy(encoder).double().eval()
    width, device = settings.encoder.max_length, encoder.table.device
    examples = LeaveOneOut(first_users(dataset, users), width, device).valid
    ours = rank_examples(exact, exact.table, examples, settings.evaluation).cpu()
    hits = torch.cat(list(padded_hits(exact, examples, dataset.num_items, width=width)))
    return len(examples), float((ours != hits.int().argmax(dim=1) + 1).double().mean())


def first_users(dataset: SequenceDataset, users: int) -> SequenceDataset:
    """Return the log of the first users alone, with all items."""
    offsets = dataset.offsets[: users + 1]
    return replace(dataset, items=dataset.items[: offsets[-1]], offsets=offsets, user_ids=dataset.user_ids[:users])


def _views(inputs: PackedSequences, settings: SequenceSettings) -> Views | None:
    augmentation = getattr(settings, "augmentation", None)
    if augmentation is None:
        return None
    together = with_views(inputs, augmentation)
    lengths = together.lengths.chunk(3)
    items = together.items.split([int(part.sum()) for part in lengths])
    packed = [PackedSequences(*part) for part in zip(items, lengths, strict=True)]
    first, second = (Padded.of(part, settings.encoder.max_length) for part in packed[1:])
    return first, second


def _into(found: list[Differentiated], module: nn.Module) -> Update:
    def differentiate(optimizer: str, loss: Tensor) -> None:
        parameters = list(module.get_submodule(optimizer).parameters())
        gradients = torch.autograd.grad(loss, parameters)
        found.append(Differentiated(optimizer, loss.detach(), torch.cat([one.flatten() for one in gradients])))

    return differentiate
