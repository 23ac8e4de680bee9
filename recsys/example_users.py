"""A handful of users for the report: what they had, what is recommended to them, and what came next."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from datasets import SequenceDataset
from datasets.leave_one_out import Examples
from recsys.evaluation import Rank

TOP = 10
"""Items of a list; a test item further down is a miss."""
_LAST = 8
"""Items of a history that are shown."""
_CANDIDATES = 600
"""Users to choose from: their lists take a moment, those of all users may take minutes."""
_LENGTHS = {"short": 0.4, "medium": 0.9, "long": 1.0}
"""Up to which share of the users, the shortest histories first, a history is called so: long ones are rare."""


@dataclass(frozen=True)
class ExampleUser:
    """A test user: raw ids as text, `last` oldest first and `top` best first, each with its score.

    `earlier` items of the history are not shown; `had` are those of the list that it holds. `rank` is the held-out
    item's among all items, from 1.
    """

    user: str
    length: str
    items: int
    earlier: int
    last: Sequence[str]
    top: Sequence[tuple[str, float]]
    had: frozenset[str]
    held_out: str
    rank: int

    @property
    def is_hit(self) -> bool:
        """Whether the held-out item is among the first ten."""
        return self.rank <= TOP


def example_users(rank: Rank, dataset: SequenceDataset, test: Examples) -> list[ExampleUser]:
    """Return up to six test users, always the same for the same model and data.

    Of 600 users, evenly spread over all when sorted by the length of their histories, the shortest 40 %, the longest
    10 % and those between give a hit and a miss each, the ones of the middle rank; those without hits, or misses, give
    one user.
    """
    if not len(test):
        return []
    everyone = test.users(torch.arange(len(test)))
    lengths = torch.from_numpy(dataset.lengths)[everyone]
    by_length = lengths.argsort(stable=True)
    chosen = np.unique(np.linspace(0, len(everyone) - 1, min(_CANDIDATES, len(everyone))).astype(int))
    rows = everyone[by_length[torch.from_numpy(chosen)]].sort().values
    examples = test.of_users(rows)
    ranking = rank(examples, min(TOP, dataset.num_items))
    ranks, best, scores = (one.cpu() for one in ranking)
    shown = []
    order = torch.from_numpy(dataset.lengths)[rows].argsort(stable=True)
    ends = [round(share * len(order)) for share in _LENGTHS.values()]
    for length, alike in zip(_LENGTHS, order.tensor_split(ends[:-1]), strict=True):
        for part in (alike[ranks[alike] <= TOP], alike[ranks[alike] > TOP]):
            if len(part):
                place = int(part[ranks[part].argsort(stable=True)[len(part) // 2]])
                top = list(zip(best[place].tolist(), scores[place].tolist(), strict=True))
                shown.append(_described(dataset, int(rows[place]), length, top, int(ranks[place])))
    return shown


def _described(
    dataset: SequenceDataset, row: int, length: str, top: Sequence[tuple[int, float]], rank: int
) -> ExampleUser:
    items = dataset.items[dataset.offsets[row] : dataset.offsets[row + 1]]
    history = items[:-1]
    name = dataset.item_ids
    seen = {int(number) for number in history}
    return ExampleUser(
        user=str(dataset.user_ids[row]),
        length=length,
        items=len(history),
        earlier=max(0, len(history) - _LAST),
        last=[str(name[number - 1]) for number in history[-_LAST:]],
        top=[(str(name[number - 1]), score) for number, score in top if number],
        had=frozenset(str(name[number - 1]) for number, _ in top if number in seen),
        held_out=str(name[items[-1] - 1]),
        rank=rank,
    )
