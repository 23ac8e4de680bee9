"""Next-item training as a task: packed batches of prefixes, evaluation over the whole catalogue."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.errors import UserError, unknown_name
from core.metrics import ranking_metrics
from core.randomness import generator
from core.recommending import Query, Recommendation
from core.report import Picture
from core.task import Update
from datasets import SequenceDataset
from datasets.leave_one_out import LeaveOneOut
from datasets.packing import PackedSequences
from recsys.encoders import SequenceEncoder
from recsys.evaluation import describe_evaluation, evaluate_ranking, validation_metrics
from recsys.learner import Learner, Step
from recsys.pictures import length_group_picture
from recsys.recommending import recommend
from recsys.settings import SequenceSettings, number_of_batches


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
        self._split = LeaveOneOut(dataset, settings.encoder.max_length, device)
        if len(self._split.train) < 2:
            raise UserError(
                f"{dataset.name}: {len(self._split.train)} training examples, fewer than two; the last two items of a "
                "user are for validation and test, so that users need four items or more"
            )
        self._check_monitor()
        self._encoder = encoder
        self._learner = learner
        self._found: dict[str, float] = {}
        self.module = learner.module
        self.optimizers: Mapping[str, torch.optim.Optimizer] = learner.optimizers
        self.schedulers: Mapping[str, torch.optim.lr_scheduler.LRScheduler] = {}
        self.protocol = describe_evaluation(dataset, settings.evaluation)

    def batches(self, epoch: int) -> Iterator[tuple[Tensor, Step]]:
        """Yield numbers of examples and what to do with them, in an order that the seed and the epoch decide.

        An epoch's batches are of nearly the same size, and as many for each of several processes.
        """
        order = torch.randperm(len(self._split.train), generator=generator(self._settings.seed, "batches", epoch))
        processes = torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1
        parts = order.tensor_split(number_of_batches(len(order), self._settings.batches.size, processes))
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

    def _check_monitor(self) -> None:
        """Find out now, not after a whole epoch."""
        monitor = self._settings.trainer.monitor
        if not monitor.startswith("valid/"):
            return
        if not len(self._split.valid):
            raise UserError(
                f"trainer.monitor is {monitor!r}, but no user of {self._dataset.name} has the three items that "
                "validation takes; use --set trainer.monitor=loss"
            )
        measured = [f"valid/{name}" for name in ranking_metrics(torch.ones(1), self._settings.evaluation.top_k)]
        if monitor not in measured:
            raise unknown_name(
                "metric in trainer.monitor (evaluation.top_k decides which there are)", monitor, measured
            )

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
