"""The baseline that every recommender must beat: the same list for everyone, what occurs most in training."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.domain import ModelEntry
from core.recommending import Query, Recommendation
from core.report import Block
from core.task import Update
from datasets import SequenceDataset
from datasets.leave_one_out import LeaveOneOut
from datasets.packing import PackedSequences
from recsys.domain import models
from recsys.evaluation import describe_evaluation, evaluate_ranking, rank_by_vectors, rank_examples, training_counts
from recsys.pictures import sequence_blocks
from recsys.recommending import VectorRecommender
from recsys.settings import EvaluatedSettings


class PopularityTask:
    """Scores an item by how often it occurs in training, whoever asks; ties count against an item, as always.

    Args:
        dataset: the interaction log.
        settings: of the evaluation.
        device: where the scores live.
    """

    def __init__(self, dataset: SequenceDataset, settings: EvaluatedSettings, device: torch.device) -> None:
        self._dataset = dataset
        self._settings = settings.evaluation
        self._table = training_counts(dataset).float()[:, None].to(device)
        self._split = LeaveOneOut(dataset, max_length=1, device=device)
        self._recommender = VectorRecommender(self._encode, self._table, dataset, self._settings, max_length=1)
        self._found: dict[str, float] = {}
        self.module: nn.Module = nn.Module()
        self.optimizers: Mapping[str, torch.optim.Optimizer] = {}
        self.schedulers: Mapping[str, torch.optim.lr_scheduler.LRScheduler] = {}
        self.protocol = describe_evaluation(dataset, settings.evaluation)

    def batches(self, epoch: int) -> Iterable[Any]:
        """Return nothing to train on."""
        return []

    def training_step(self, batch: Any, update: Update) -> Mapping[str, Tensor]:
        """Refuse: there is nothing to learn."""
        raise RuntimeError("counting does not train")

    def validate(self) -> dict[str, float]:
        """Return nothing."""
        return {}

    def evaluate(self) -> dict[str, float]:
        """Evaluate the counts by the common protocol."""
        self._found = evaluate_ranking(self._encode, self._table, self._dataset, self._split, self._settings)
        return self._found

    def test_ranks(self) -> Tensor:
        """Return the rank of every test target, n int64."""
        return rank_examples(self._encode, self._table, self._split.test, self._settings)

    def recommend(self, queries: Sequence[Query], top: int, *, filter_seen: bool | None = None) -> list[Recommendation]:
        """Return the most frequent items, less those already seen where that is asked for."""
        return self._recommender.recommend(queries, top, filter_seen)

    def rank_items(self, rows: np.ndarray, top: int, *, filter_seen: bool | None = None) -> tuple[Tensor, Tensor]:
        """Return the same for many users of the data; see `core.bulk_recommending.BulkRecommender`."""
        return self._recommender.rank_items(rows, top, filter_seen)

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the items' raw ids and their counts as vectors of one number."""
        return np.asarray(self._dataset.item_ids), self._table[1:].cpu().numpy()

    def pictures(self) -> list[Block]:
        """Return the last evaluation's results by length of history, and example users."""
        rank = rank_by_vectors(self._encode, self._table, self._settings)
        return sequence_blocks(self._found, rank, self._dataset, self._split.test, self._settings)

    def _encode(self, sequences: PackedSequences) -> Tensor:
        return self._table.new_ones(sequences.count, 1)


class PopularitySettings(EvaluatedSettings):
    """All settings of the popularity baseline."""


def build(settings: PopularitySettings, dataset: SequenceDataset, device: torch.device) -> PopularityTask:
    """Count the items of an interaction log."""
    return PopularityTask(dataset, settings, device)


models.register("popularity")(
    ModelEntry(
        name="popularity",
        settings=PopularitySettings,
        build=build,
        summary="baseline: the most frequent items for everyone, no learning",
        paper="none",
    )
)
