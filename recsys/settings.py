"""The settings that every sequential recommender shares."""

from typing import Any

from pydantic import Field

from core.settings import OptimizerSettings, Section, TrainerSettings
from recsys.encoders import EncoderSettings
from recsys.evaluation import RankingSettings


class BatchSettings(Section):
    """Training batches: `size` sequences each, drawn anew in every epoch from all prefixes.

    With several processes each takes whole batches, so that a step is made of `size` times as many sequences.
    """

    size: int = Field(256, ge=2)


def number_of_batches(examples: int, size: int, processes: int = 1) -> int:
    """Return how many batches an epoch has: a multiple of the processes, and two examples or more in each."""
    wanted = -(-examples // (size * processes)) * processes
    # One example alone would have no negatives.
    return min(wanted, examples // 2)


def smallest_batch(examples: int, size: int) -> int:
    """Return the number of sequences in the smallest batch of an epoch, which are all of nearly the same size."""
    return examples // max(1, number_of_batches(examples, size))


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
