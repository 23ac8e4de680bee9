"""A RecBole model as a task: its own loss on our batches, ranked among the whole catalogue by our protocol."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.recommending import Query, Recommendation, UnanswerableError
from core.report import Block
from core.task import Update
from datasets import SequenceDataset
from datasets.leave_one_out import Examples
from datasets.packing import PackedSequences
from recsys.evaluation import (
    best_of_scores,
    describe_evaluation,
    evaluation_mode,
    rank_by_scores,
    ranking_report,
    validation_report,
)
from recsys.examples import checked_split, epoch_batches
from recsys.interop.recbole.adapter import RecboleModel
from recsys.interop.recbole.settings import RecboleSettings
from recsys.optimizer import make_adam
from recsys.pictures import sequence_blocks
from recsys.recommending import answers, histories, histories_of, most_recent, select

_NOBODY = -1
"""The user of a history that is given by itself."""


class RecboleTask:
    """Trains a model of RecBole by its own loss on all prefixes of the training histories.

    Args:
        dataset: the interaction log.
        settings: of the model, batches and evaluation.
        device: where everything lives.

    Raises:
        UserError: as `checked_split` and `RecboleModel` do.
    """

    def __init__(self, dataset: SequenceDataset, settings: RecboleSettings, device: torch.device) -> None:
        self._dataset = dataset
        self._settings = settings
        self._device = device
        self.split = checked_split(
            dataset,
            settings.batches.max_length,
            device,
            monitor=settings.trainer.monitor,
            evaluation=settings.evaluation,
        )
        self._model = RecboleModel(settings, dataset, self.split.train, device)
        self._users_at_a_time = max(1, settings.evaluation.batch_tokens // settings.batches.max_length)
        self._rank = rank_by_scores(self.scores, settings.evaluation, self._users_at_a_time)
        self._found: dict[str, float] = {}
        self.module: nn.Module = self._model.module
        self.optimizers: Mapping[str, torch.optim.Optimizer] = {"model": make_adam((self.module, settings.optimizer))}
        self.schedulers: Mapping[str, torch.optim.lr_scheduler.LRScheduler] = {}
        self.protocol = describe_evaluation(dataset, settings.evaluation)

    def batches(self, epoch: int) -> Iterable[Tensor]:
        """Return numbers of examples, in an order that the seed and the epoch decide."""
        return epoch_batches(len(self.split.train), self._settings.batches.size, self._settings.seed, epoch)

    def training_step(self, batch: Any, update: Update) -> Mapping[str, Tensor]:
        """Do one step by the model's own loss."""
        loss = self._model.loss(self.split.train, batch)
        update("model", loss)
        return {"loss": loss.detach()}

    def scores(self, examples: Examples, numbers: Tensor) -> Tensor:
        """Return the model's scores of all items for examples given by number (B, on the CPU).

        Shapes:
            B x (1 + num_items); column 0 is the padding.
        """
        return self._model.scores(examples.inputs(numbers), examples.users(numbers))

    def validate(self) -> dict[str, float]:
        """Rank the validation targets among the whole catalogue."""
        with evaluation_mode(self.module):
            return validation_report(self._rank, self.split, self._settings.evaluation)

    def evaluate(self) -> dict[str, float]:
        """Rank the validation and test targets; also by history length, with coverage and popularity."""
        with evaluation_mode(self.module):
            self._found = ranking_report(self._rank, self._dataset, self.split, self._settings.evaluation)
        return self._found

    def test_ranks(self) -> Tensor:
        """Return the rank of every test target, n int64."""
        with evaluation_mode(self.module):
            return self._rank(self.split.test, 0).ranks

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the items' raw ids and their vectors, num_items x d float32."""
        return np.asarray(self._dataset.item_ids), self._model.item_vectors().float().cpu().numpy()

    def recommend(self, queries: Sequence[Query], top: int, *, filter_seen: bool | None = None) -> list[Recommendation]:
        """Answer queries with the best items; `filter_seen` follows the evaluation's setting by default.

        Raises:
            UnanswerableError: as `core.recommending.Recommender` says, and for histories of new users where the model
                has a vector for each user.
        """
        given = histories(self._dataset, queries)
        users = torch.tensor(
            [_NOBODY if query.user is None else self._dataset.user_number(query.user) for query in queries]
        )
        with evaluation_mode(self.module):
            new = torch.nonzero(users == _NOBODY).flatten().tolist()
            if new and self._model.needs_users:
                raise UnanswerableError(dict.fromkeys(new, self._model.knows_its_users_alone()))
            numbers, scores = self._best(given, users, top, self._leaves_out(filter_seen))
        return answers(self._dataset, numbers, scores, self._leaves_out(filter_seen))

    def rank_items(self, rows: np.ndarray, top: int, *, filter_seen: bool | None = None) -> tuple[Tensor, Tensor]:
        """Return the best items for many users of the data; see `core.bulk_recommending.BulkRecommender`."""
        given, users = histories_of(self._dataset, rows), torch.from_numpy(rows)
        with evaluation_mode(self.module):
            return self._best(given, users, top, self._leaves_out(filter_seen))

    def pictures(self) -> list[Block]:
        """Return the last evaluation's results by length of history, and example users."""
        with evaluation_mode(self.module):
            settings = self._settings.evaluation
            return sequence_blocks(self._found, self._rank, self._dataset, self.split.test, settings)

    def _leaves_out(self, filter_seen: bool | None) -> bool:
        return self._settings.evaluation.filter_seen if filter_seen is None else filter_seen

    def _best(self, given: PackedSequences, users: Tensor, top: int, filter_seen: bool) -> tuple[Tensor, Tensor]:
        """Return the numbers and scores of the best items after each history; `users` are its users, or nobody."""
        count = min(top, self._dataset.num_items)
        numbers = torch.zeros(given.count, count, dtype=torch.long, device=self._device)
        scores = torch.zeros(given.count, count, device=self._device)
        for known in (True, False):
            places = torch.nonzero((users != _NOBODY) == known).flatten()
            for part in places.split(self._users_at_a_time) if len(places) else ():
                everything = select(given, part).to(self._device)
                recent = most_recent(everything, self._settings.batches.max_length)
                found = self._model.scores(recent, users[part] if known else None).float()
                numbers[part], scores[part] = best_of_scores(found, count, everything if filter_seen else None)
        return numbers, scores
