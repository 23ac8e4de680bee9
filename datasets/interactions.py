"""Rows of an interaction log, and what is kept of them: time order, repeats, k-core.

Everything works on whole columns; no step loops over users or items.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Interactions:
    """T rows of a log: `users` and `items` (T,) int64 are positions in `user_ids` and `item_ids`; `times` (T,)."""

    users: np.ndarray
    items: np.ndarray
    times: np.ndarray | None
    user_ids: np.ndarray
    item_ids: np.ndarray

    def take(self, rows: np.ndarray) -> "Interactions":
        """Return these rows, given by position or mask, in this order; ids stay as they are."""
        times = None if self.times is None else self.times[rows]
        return Interactions(self.users[rows], self.items[rows], times, self.user_ids, self.item_ids)


def in_time_order(log: Interactions) -> Interactions:
    """Return the rows user after user, each user's by time; rows of the same time stay in their order."""
    keys = (log.users,) if log.times is None else (log.times, log.users)
    return log.take(np.lexsort(keys))


def without_repeats(log: Interactions) -> Interactions:
    """Return the first row of every user with every item, in the order that they have."""
    pairs = log.users * len(log.item_ids) + log.items
    _, first = np.unique(pairs, return_index=True)
    return log.take(np.sort(first))


def k_core(log: Interactions, least: int) -> Interactions:
    """Return the largest part of the log in which every user and every item has at least `least` rows.

    Removing a rare item may make a user rare and the other way round, so rows go until none has to; what is
    left does not depend on the order of removal. Empty where there is no such part.
    """
    while len(log.users):
        per_user = np.bincount(log.users, minlength=len(log.user_ids))
        per_item = np.bincount(log.items, minlength=len(log.item_ids))
        kept = (per_user[log.users] >= least) & (per_item[log.items] >= least)
        if kept.all():
            break
        log = log.take(kept)
    return log


def with_rows_only(log: Interactions) -> Interactions:
    """Return the log with the ids that have a row, in the order that they have, and positions to match."""
    users, user_ids = _squeezed(log.users, log.user_ids)
    items, item_ids = _squeezed(log.items, log.item_ids)
    return Interactions(users, items, log.times, user_ids, item_ids)


def _squeezed(positions: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    present = np.bincount(positions, minlength=len(ids)) > 0
    return (np.cumsum(present) - 1)[positions], ids[present]
