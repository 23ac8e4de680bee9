"""Next-item training as a task: packed batches of prefixes, evaluation over the whole catalogue."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.exporting import ExportForm
from core.recommending import Query, Recommendation
from core.report import Block
from core.task import Update
from datasets import SequenceDataset
from datasets.packing import PackedSequences
from recsys.encoders import SequenceEncoder
from recsys.evaluation import describe_evaluation, diagnose_users, evaluate_ranking, evaluation_mode, validation_metrics
from recsys.evaluation.vector_ranking import rank_by_vectors, rank_examples
from recsys.examples import checked_split, epoch_batches
from recsys.exporting import export_form
from recsys.learner import Learner, Step
from recsys.pictures import sequence_blocks
from recsys.recommending import VectorRecommender
from recsys.settings import SequenceSettings


class SequenceTask:
    """Trains a sequence encoder by a learner's steps on all prefixes of the training histories.

    Args:
        dataset: the interaction log.
        settings: of batches, encoder and evaluation.
        encoder: from histories to user vectors.
        learner: the model's losses and optimisers.
        device: where everything lives.

    Raises:
        UserError: when there are not two training examples, which a contrast needs, or when the epoch is to be
            chosen by a metric that will not be measured.
    """

    def __init__(
        self,
        dataset: SequenceDataset,
        settings: SequenceSettings,
        encoder: SequenceEncoder,
        learner: Learner,
        device: torch.device,
    ) -> None:
        self._dataset = dataset
        self._settings = settings
        self._split = checked_split(
            dataset,
            settings.encoder.max_length,
            device,
            monitor=settings.trainer.monitor,
            evaluation=settings.evaluation,
        )
        self._encoder = encoder
        self._learner = learner
        self._recommender = VectorRecommender(
            self._encode, encoder.table, dataset, settings.evaluation, settings.encoder.max_length
        )
        self._found: dict[str, float] = {}
        self.module = learner.module
        self.optimizers: Mapping[str, torch.optim.Optimizer] = learner.optimizers
        self.schedulers: Mapping[str, torch.optim.lr_scheduler.LRScheduler] = {}
        self.protocol = describe_evaluation(dataset, settings.evaluation)

    def batches(self, epoch: int) -> Iterator[tuple[Tensor, Step]]:
        """Yield numbers of examples and what to do with them, in an order that the seed and the epoch decide.

        An epoch's batches are of nearly the same size, and as many for each of several processes.
        """
        parts = epoch_batches(len(self._split.train), self._settings.batches.size, self._settings.seed, epoch)
        self._learner.begin_epoch(epoch)
        for step in self._learner.steps:
            for numbers in parts:
                yield numbers, step

    def training_step(self, batch: Any, update: Update) -> Mapping[str, Tensor]:
        """Gather the examples and do one of the learner's steps."""
        numbers, step = batch
        parts: Mapping[str, Tensor] = step(*self.gather(numbers), update)
        return parts

    def gather(self, numbers: Tensor) -> tuple[PackedSequences, Tensor]:
        """Return the histories and the targets, B int64, of training examples given by number (B, on the CPU)."""
        return self._split.train.inputs(numbers), self._split.train.targets(numbers)

    def validate(self) -> dict[str, float]:
        """Rank the validation targets among the whole catalogue."""
        settings = self._settings.evaluation
        with evaluation_mode(self.module):
            return validation_metrics(self._encode, self._encoder.table, self._split, settings)

    def evaluate(self) -> dict[str, float]:
        """Rank the validation and test targets; also by history length, with coverage, popularity and diagnostics."""
        with evaluation_mode(self.module):
            settings, table = self._settings.evaluation, self._encoder.table
            self._found = evaluate_ranking(self._encode, table, self._dataset, self._split, settings)
            self._found |= diagnose_users(self._encode, table, self._split, settings)
        return self._found

    def test_ranks(self) -> Tensor:
        """Return the rank of every test target, n int64."""
        with evaluation_mode(self.module):
            return rank_examples(self._encode, self._encoder.table, self._split.test, self._settings.evaluation)

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the items' raw ids and their vectors, num_items x d float32."""
        return np.asarray(self._dataset.item_ids), self._encoder.table.detach()[1:].float().cpu().numpy()

    def recommend(self, queries: Sequence[Query], top: int, *, filter_seen: bool | None = None) -> list[Recommendation]:
        """Answer queries with the best items; `filter_seen` follows the evaluation's setting by default."""
        with evaluation_mode(self.module):
            return self._recommender.recommend(queries, top, filter_seen)

    def rank_items(self, rows: np.ndarray, top: int, *, filter_seen: bool | None = None) -> tuple[Tensor, Tensor]:
        """Return the best items for many users of the data; see `core.bulk_recommending.BulkRecommender`."""
        with evaluation_mode(self.module):
            return self._recommender.rank_items(rows, top, filter_seen)

    def export_form(self, outputs: Sequence[str]) -> ExportForm:
        """Return the encoder on padded histories; see `core.exporting.Exportable`."""
        return export_form(self._encoder, self._dataset, outputs)

    def pictures(self) -> list[Block]:
        """Return the last evaluation's results by length of history, and example users."""
        settings, split = self._settings.evaluation, self._split
        with evaluation_mode(self.module):
            rank = rank_by_vectors(self._encode, self._encoder.table, settings)
            return sequence_blocks(self._found, rank, self._dataset, split.test, settings)

    def _encode(self, sequences: PackedSequences) -> Tensor:
        vectors: Tensor = self._encoder(sequences)
        return vectors.float()
