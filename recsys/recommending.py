"""Recommending with a trained encoder: raw ids in, raw ids and scores out."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from core.errors import UserError
from core.recommending import Query, Recommendation, UnanswerableError
from datasets import SequenceDataset
from datasets.packing import PackedSequences, pack
from recsys.evaluation import Encode, top_items, training_counts

_COUNTS: WeakKeyDictionary[SequenceDataset, Tensor] = WeakKeyDictionary()
"""How often each item occurs in training, for every log that was asked for and still is in use."""


@torch.no_grad()
def recommend(
    encode: Encode,
    table: Tensor,
    dataset: SequenceDataset,
    queries: Sequence[Query],
    top: int,
    *,
    max_length: int,
    filter_seen: bool,
    block: int | None = None,
) -> list[Recommendation]:
    """Return the `top` best items for every query, or as many as there are, by user vectors and an item table.

    A user's history is all that the log holds of it, the targets of validation and test included: what is asked
    for is the future. The encoder gets the `max_length` most recent items; `filter_seen` takes the whole history
    out.

    Shapes:
        table: (1 + num_items) x d, in the data set's order of items.

    Raises:
        UnanswerableError: for unknown ids, with the closest that there are, and for items of a given history that
            occur in no training sequence, so that their vectors say nothing.
    """
    everything = histories(dataset, queries).to(table.device)
    vectors = encode(most_recent(everything, max_length))
    seen = everything if filter_seen else None
    return answers(
        dataset, *top_items(vectors, table, min(top, dataset.num_items), seen=seen, block=block), filter_seen
    )


def histories(dataset: SequenceDataset, queries: Sequence[Query]) -> PackedSequences:
    """Return every query's history as item numbers; raises UnanswerableError as `recommend` does."""
    found, reasons = [], {}
    for place, query in enumerate(queries):
        try:
            found.append(_history(dataset, query))
        except UserError as error:
            reasons[place] = str(error)
    if reasons:
        raise UnanswerableError(reasons)
    return PackedSequences(torch.from_numpy(np.concatenate(found)), torch.tensor([len(one) for one in found]))


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
