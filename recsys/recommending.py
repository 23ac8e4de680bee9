"""Recommending with a trained encoder: raw ids in, raw ids and scores out."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.errors import UserError
from core.recommending import Query, Recommendation
from datasets import SequenceDataset
from datasets.packing import PackedSequences, pack
from recsys.evaluation import Encode, top_items, training_counts


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
    """Return the `top` best items for every query, or as many as there are.

    A user's history is all that the log holds of it, the targets of validation and test included: what is asked
    for is the future. The encoder gets the `max_length` most recent items; `filter_seen` takes the whole history
    out.

    Shapes:
        table: (1 + num_items) x d, in the data set's order of items.

    Raises:
        UserError: for unknown ids, with the closest that there are, and for items of a given history that occur
            in no training sequence, so that their vectors say nothing.
    """
    histories = [_history(dataset, query) for query in queries]
    everything = PackedSequences(
        torch.from_numpy(np.concatenate(histories)).to(table.device),
        torch.tensor([len(history) for history in histories]),
    )
    lengths = everything.lengths.clamp(max=max_length)
    recent = pack(everything.items, everything.offsets[1:] - lengths, lengths)
    seen = everything if filter_seen else None
    numbers, scores = top_items(encode(recent), table, min(top, dataset.num_items), seen=seen, block=block)
    # Places that no item is left for carry number 0.
    return [
        Recommendation(
            [(str(dataset.item_ids[number - 1]), score) for number, score in zip(*answer, strict=True) if number],
            filter_seen,
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
    unlearnt = training_counts(dataset)[numbers] == 0
    if unlearnt.any():
        named = ", ".join(dict.fromkeys(raw for raw, bad in zip(query.history, unlearnt, strict=True) if bad))
        raise UserError(
            f"no training sequence of {dataset.name} holds item {named}: the model has learnt nothing from it; "
            "leave it out of the history"
        )
    return numbers
