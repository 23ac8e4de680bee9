"""The settings that every sequential recommender shares."""

from typing import Any

import torch
from pydantic import Field

from core.errors import UserError
from core.settings import OptimizerSettings, Section, TrainerSettings
from recsys.encoders import EncoderSettings
from recsys.evaluation import RankingSettings


class BatchSettings(Section):
    """Training batches: `size` sequences each, drawn anew in every epoch from all prefixes.

    With several processes each takes whole batches, so that a step is made of `size` times as many sequences.
    """

    size: int = Field(256, ge=2)


def number_of_batches(examples: int, size: int) -> int:
    """Return how many batches an epoch has: a multiple of the processes, and two examples or more in each.

    Raises:
        UserError: when there are too few examples for that.
    """
    processes = torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1
    wanted = -(-examples // (size * processes)) * processes
    # One example alone would have no negatives.
    found = min(wanted, examples // 2 // processes * processes)
    if not found:
        raise UserError(f"{examples} training examples are too few: each of {processes} process(es) takes two at least")
    return found


def smallest_batch(examples: int, size: int) -> int:
    """Return the number of sequences in the smallest batch of an epoch, which are all of nearly the same size."""
    return examples // number_of_batches(examples, size)


class EvaluatedSettings(Section):
    """What any recommender needs: its data, its seed and its evaluation.

    `data` holds what is handed to the data set itself: a generator's parameters, or how a table is read.
    """

    dataset: str
    model: str
    seed: int = Field(0, ge=0)
    data: dict[str, Any] = Field(default_factory=dict)
    evaluation: RankingSettings = RankingSettings()


class SequenceSettings(EvaluatedSettings):
    """What a recommender with a sequence encoder needs besides its objective."""

    trainer: TrainerSettings = TrainerSettings(epochs=500, patience=10, monitor="valid/mrr@10")
    optimizer: OptimizerSettings = OptimizerSettings()
    batches: BatchSettings = BatchSettings()
    encoder: EncoderSettings = EncoderSettings()
