"""Recommending with a trained encoder: users and histories in, items and scores out."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from core.errors import UserError
from core.recommending import Query, Recommendation, UnanswerableError
from datasets import SequenceDataset
from datasets.packing import PackedSequences, budget_batches, pack
from recsys.evaluation import Encode, RankingSettings, top_items, training_counts

_COUNTS: WeakKeyDictionary[SequenceDataset, Tensor] = WeakKeyDictionary()
"""How often each item occurs in training, for every log that was asked for and still is in use."""


class VectorRecommender:
    """Ranks items for users by the products of their vectors with an item table.

    A user's history is all that the log holds of it, the targets of validation and test included: what is asked
    for is the future.

    Args:
        encode: from histories to user vectors, in evaluation mode when it is called.
        table: the items, in the data set's order.
        dataset: the interaction log.
        settings: whether seen items are left out unless a call says so, and how much is computed at a time.
        max_length: how many of the most recent items the encoder gets.

    Shapes:
        table: (1 + num_items) x d.
    """

    def __init__(
        self, encode: Encode, table: Tensor, dataset: SequenceDataset, settings: RankingSettings, max_length: int
    ) -> None:
        self._encode = encode
        self._table = table
        self._dataset = dataset
        self._settings = settings
        self._max_length = max_length

    def recommend(self, queries: Sequence[Query], top: int, filter_seen: bool | None = None) -> list[Recommendation]:
        """Return the `top` best items for every query, or as many as there are; see `core.recommending.Recommender`.

        Raises:
            UnanswerableError: for unknown ids, with the closest that there are, and for items of a given history that
                occur in no training sequence, so that their vectors say nothing.
        """
        numbers, scores = self._rank(histories(self._dataset, queries), top, filter_seen)
        return answers(self._dataset, numbers, scores, self._leaves_out(filter_seen))

    def rank_items(self, rows: np.ndarray, top: int, filter_seen: bool | None = None) -> tuple[Tensor, Tensor]:
        """Return the best items for users of the log; see `core.bulk_recommending.BulkRecommender`."""
        return self._rank(histories_of(self._dataset, rows), top, filter_seen)

    @torch.no_grad()
    def _rank(self, given: PackedSequences, top: int, filter_seen: bool | None) -> tuple[Tensor, Tensor]:
        everything = given.to(self._table.device)
        recent = most_recent(everything, self._max_length)
        batches = budget_batches(recent.lengths, self._settings.batch_tokens)
        vectors = torch.cat([self._encode(select(recent, numbers)) for numbers in batches])
        vectors = vectors[torch.cat(batches).argsort().to(vectors.device)]
        seen = everything if self._leaves_out(filter_seen) else None
        count = min(top, self._dataset.num_items)
        return top_items(vectors, self._table, count, seen=seen, block=self._settings.block)

    def _leaves_out(self, filter_seen: bool | None) -> bool:
        return self._settings.filter_seen if filter_seen is None else filter_seen


def histories(dataset: SequenceDataset, queries: Sequence[Query]) -> PackedSequences:
    """Return every query's history as item numbers; raises UnanswerableError for what is not known."""
    found, reasons = [], {}
    for place, query in enumerate(queries):
        try:
            found.append(_history(dataset, query))
        except UserError as error:
            reasons[place] = str(error)
    if reasons:
        raise UnanswerableError(reasons)
    return PackedSequences(torch.from_numpy(np.concatenate(found)), torch.tensor([len(one) for one in found]))


def histories_of(dataset: SequenceDataset, rows: np.ndarray) -> PackedSequences:
    """Return all that the log holds of the users in these rows, B int64."""
    starts, lengths = torch.from_numpy(dataset.offsets[rows]), torch.from_numpy(dataset.lengths[rows])
    return pack(torch.from_numpy(dataset.items), starts, lengths)


def select(sequences: PackedSequences, numbers: Tensor) -> PackedSequences:
    """Return the sequences with these numbers, n int64 on the CPU."""
    return pack(sequences.items, sequences.offsets[numbers], sequences.lengths[numbers])


def most_recent(sequences: PackedSequences, max_length: int) -> PackedSequences:
    """Return the last `max_length` items of every sequence, or all that it has."""
    lengths = sequences.lengths.clamp(max=max_length)
    return pack(sequences.items, sequences.offsets[1:] - lengths, lengths)


def answers(dataset: SequenceDataset, numbers: Tensor, scores: Tensor, without_seen: bool) -> list[Recommendation]:
    """Return lists of item numbers and their scores, both B x k, as raw ids; number 0 is where no item is left."""
    return [
        Recommendation(
            [(str(dataset.item_ids[number - 1]), score) for number, score in zip(*answer, strict=True) if number],
            without_seen,
        )
        for answer in zip(numbers.tolist(), scores.tolist(), strict=True)
    ]


def _history(dataset: SequenceDataset, query: Query) -> np.ndarray:
    if query.history is None:
        row = dataset.user_number(str(query.user))
        return dataset.items[dataset.offsets[row] : dataset.offsets[row + 1]]
    if not query.history:
        raise UserError("a history needs an item")
    numbers = dataset.item_numbers(query.history)
    unlearnt = _training_counts(dataset)[numbers] == 0
    if unlearnt.any():
        named = ", ".join(dict.fromkeys(raw for raw, bad in zip(query.history, unlearnt, strict=True) if bad))
        raise UserError(
            f"no training sequence of {dataset.name} holds item {named}: the model has learnt nothing from it; "
            "leave it out of the history"
        )
    return numbers


def _training_counts(dataset: SequenceDataset) -> Tensor:
    if dataset not in _COUNTS:
        _COUNTS[dataset] = training_counts(dataset)
    return _COUNTS[dataset]
