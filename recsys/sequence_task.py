"""Next-item training as a task: packed batches of prefixes, evaluation over the whole catalogue."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.errors import UserError
from core.randomness import generator
from core.recommending import Query, Recommendation
from core.report import Picture
from core.task import Update
from datasets import SequenceDataset
from datasets.leave_one_out import LeaveOneOut
from datasets.packing import PackedSequences
from recsys.encoders import SequenceEncoder
from recsys.evaluation import evaluate_ranking, validation_metrics
from recsys.learner import Learner
from recsys.pictures import length_group_picture
from recsys.recommending import recommend
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
        UserError: when there are not two training examples, which a contrast needs.
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
        self._split = LeaveOneOut(dataset, settings.encoder.max_length, device)
        if len(self._split.train) < 2:
            raise UserError(
                f"{dataset.name}: {len(self._split.train)} training examples, fewer than two; the last two items of a "
                "user are for validation and test, so that users need four items or more"
            )
        self._encoder = encoder
        self._learner = learner
        self._found: dict[str, float] = {}
        self.module = learner.module
        self.optimizers: Mapping[str, torch.optim.Optimizer] = learner.optimizers
        self.schedulers: Mapping[str, torch.optim.lr_scheduler.LRScheduler] = {}

    def batches(self, epoch: int) -> Iterator[tuple[PackedSequences, Tensor, int]]:
        """Yield the epoch's batches in an order that the seed and the epoch decide, all of nearly the same size."""
        examples = self._split.train
        order = torch.randperm(len(examples), generator=generator(self._settings.seed, "batches", epoch))
        # Equal parts of two examples or more: a rump of one would have no negatives.
        count = min(-(-len(order) // self._settings.batches.size), len(order) // 2)
        parts = order.tensor_split(count)
        for turn in range(self._learner.passes):
            for numbers in parts:
                yield examples.inputs(numbers), examples.targets(numbers), turn

    def training_step(self, batch: Any, update: Update) -> Mapping[str, Tensor]:
        """Do the learner's step."""
        inputs, targets, turn = batch
        return self._learner.step(inputs, targets, turn, update)

    def validate(self) -> dict[str, float]:
        """Rank the validation targets among the whole catalogue."""
        settings = self._settings.evaluation
        with self._eval_mode():
            return validation_metrics(self._encode, self._encoder.table, self._split, settings)

    def evaluate(self) -> dict[str, float]:
        """Rank the validation and test targets; also by history length, with coverage and popularity."""
        with self._eval_mode():
            self._found = evaluate_ranking(
                self._encode, self._encoder.table, self._dataset, self._split, self._settings.evaluation
            )
        return self._found

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the items' raw ids and their vectors, num_items x d float32."""
        return np.asarray(self._dataset.item_ids), self._encoder.table.detach()[1:].float().cpu().numpy()

    def recommend(self, queries: Sequence[Query], top: int, *, filter_seen: bool | None = None) -> list[Recommendation]:
        """Answer queries with the best items; `filter_seen` follows the evaluation's setting by default."""
        settings = self._settings
        with self._eval_mode():
            return recommend(
                self._encode,
                self._encoder.table,
                self._dataset,
                queries,
                top,
                max_length=settings.encoder.max_length,
                filter_seen=settings.evaluation.filter_seen if filter_seen is None else filter_seen,
                block=settings.evaluation.block,
            )

    def pictures(self) -> list[Picture]:
        """Return the last evaluation's results by length of history."""
        picture = length_group_picture(self._found)
        return [picture] if picture else []

    def _encode(self, sequences: PackedSequences) -> Tensor:
        vectors: Tensor = self._encoder(sequences)
        return vectors.float()

    @contextmanager
    def _eval_mode(self) -> Iterator[None]:
        was_training = self.module.training
        self.module.eval()
        with torch.no_grad():
            yield
        self.module.train(was_training)
