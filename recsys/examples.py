"""The examples that a recommender learns from and is evaluated on, checked before training begins."""

import torch
from torch import Tensor

from core.errors import UserError, unknown_name
from core.metrics import ranking_metrics
from core.randomness import generator
from datasets import SequenceDataset
from datasets.leave_one_out import LeaveOneOut
from recsys.evaluation import RankingSettings
from recsys.settings import number_of_batches


def checked_split(
    dataset: SequenceDataset, max_length: int, device: torch.device, *, monitor: str, evaluation: RankingSettings
) -> LeaveOneOut:
    """Return the split of a log into training, validation and test examples.

    Raises:
        UserError: when there are not two training examples, which a contrast needs, or when the epoch is to be
            chosen by a metric that will not be measured: better now than after a whole epoch.
    """
    split = LeaveOneOut(dataset, max_length, device)
    if len(split.train) < 2:
        raise UserError(
            f"{dataset.name}: {len(split.train)} training examples, fewer than two; the last two items of a "
            "user are for validation and test, so that users need four items or more"
        )
    if monitor.startswith("valid/"):
        _check_monitor(monitor, dataset, split, evaluation)
    return split


def epoch_batches(examples: int, size: int, seed: int, epoch: int) -> tuple[Tensor, ...]:
    """Return the numbers of an epoch's examples in batches, in an order that the seed and the epoch decide.

    The batches are of nearly the same size, two examples or more in each, and as many for each of several processes.
    """
    order = torch.randperm(examples, generator=generator(seed, "batches", epoch))
    return order.tensor_split(number_of_batches(examples, size))


def _check_monitor(monitor: str, dataset: SequenceDataset, split: LeaveOneOut, evaluation: RankingSettings) -> None:
    if not len(split.valid):
        raise UserError(
            f"trainer.monitor is {monitor!r}, but no user of {dataset.name} has the three items that "
            "validation takes; use --set trainer.monitor=loss"
        )
    measured = [f"valid/{name}" for name in ranking_metrics(torch.ones(1), evaluation.top_k)]
    if monitor not in measured:
        raise unknown_name("metric in trainer.monitor (evaluation.top_k decides which there are)", monitor, measured)
