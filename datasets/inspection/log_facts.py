"""What an interaction log looks like: sizes, density, sequence lengths, times; and what looks wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from datasets.inspection.findings import FactTable, counted, percent, plural
from datasets.interactions import Interactions, k_core
from datasets.sequences import SequenceDataset

CORE = 5
"""Interactions that users and items need in the filter which most published logs went through."""

_LEAST = 3
"""Items that a user needs for leave-one-out: one to learn from, one to validate and one to test."""

_YEARS = (datetime(1971, 1, 1, tzinfo=UTC).timestamp(), datetime(2100, 1, 1, tzinfo=UTC).timestamp())


def size_facts(log: SequenceDataset) -> FactTable:
    """Return users, items, interactions, density, repeats and the time they span."""
    distinct = _distinct_pairs(log)
    rows = [
        ("users", counted(log.num_users)),
        ("items", counted(log.num_items)),
        ("interactions", counted(log.num_interactions)),
        ("density", percent(distinct / (log.num_users * log.num_items))),
        ("repeated pairs", percent(1 - distinct / log.num_interactions)),
        ("share of the most frequent item", percent(np.bincount(log.items).max() / log.num_interactions)),
    ]
    if log.times is not None:
        rows += [("first time", _time(log.times.min())), ("last time", _time(log.times.max()))]
    return FactTable("Interactions", ("measure", "value"), rows, (1,))


def length_facts(log: SequenceDataset) -> FactTable:
    """Return how long users' histories and items' audiences are: quantiles and means."""
    rows = []
    for name, counts in (("items a user", log.lengths), ("users an item", _per_item(log))):
        quantiles = np.percentile(counts, [0, 25, 50, 75, 95, 100])
        rows.append((name, *(counted(value) for value in quantiles), f"{counts.mean():.1f}"))
    columns = ("of", "least", "25 %", "median", "75 %", "95 %", "most", "mean")
    return FactTable("Lengths", columns, rows, tuple(range(1, 8)))


def log_warnings(log: SequenceDataset, *, may_lack_times: bool) -> Iterator[str]:
    """Yield what looks wrong with a log; some forms have no times, their rows are in time order."""
    few = int((log.lengths < _LEAST).sum())
    if few:
        first = log.user_ids[int((log.lengths < _LEAST).argmax())]
        yield (
            f"{plural(few, 'user')} of {counted(log.num_users)} below {_LEAST} items, such as {first}: they train the "
            "model, but are not evaluated"
        )
    if few == log.num_users:
        yield "no user can be evaluated"
    once = int((_per_item(log) == 1).sum())
    if once > log.num_items / 2:
        yield f"{counted(once)} of {counted(log.num_items)} items occur once; consider data.min_interactions=5"
    longest = int(log.lengths.argmax())
    if log.num_users > 1 and log.lengths[longest] > max(0.1 * log.num_interactions, 100):
        share = percent(log.lengths[longest] / log.num_interactions)
        yield f"user {log.user_ids[longest]} has {share} of all interactions; a robot, or a default value?"
    if log.times is None:
        if not may_lack_times:
            yield "no times: every user's rows are taken to be in time order"
        return
    if log.times.min() == log.times.max():
        yield "all times are the same; set data.time=null if the rows are in time order"
        return
    tied = _tied(log)
    if tied > 0.05 * log.num_interactions:
        yield (
            f"{percent(tied / log.num_interactions)} of the interactions have the same time as the one before of the "
            "same user; these stay in the order of the file"
        )


def core_size(log: SequenceDataset) -> str:
    """Say how much the 5-core would keep."""
    users = np.repeat(np.arange(log.num_users), log.lengths)
    core = k_core(Interactions(users, log.items - 1, None, log.user_ids, log.item_ids), CORE)
    kept = (plural(len(np.unique(core.users)), "user"), plural(len(np.unique(core.items)), "item"))
    return f"the {CORE}-core has {kept[0]}, {kept[1]} and {counted(len(core.users))} interactions"


def _tied(log: SequenceDataset) -> int:
    if log.times is None or log.num_interactions < 2:
        return 0
    same = np.diff(log.times) == 0
    same[log.offsets[1:-1] - 1] = False  # from one user to the next
    return int(same.sum())


def _per_item(log: SequenceDataset) -> np.ndarray:
    return np.bincount(log.items, minlength=log.num_items + 1)[1:]


def _distinct_pairs(log: SequenceDataset) -> int:
    users = np.repeat(np.arange(log.num_users), log.lengths)
    return len(np.unique(users * (log.num_items + 1) + log.items))


def _time(value: float) -> str:
    """Return a time as a date where it reads as seconds since 1970, else as the number it is."""
    if _YEARS[0] <= value <= _YEARS[1]:
        return datetime.fromtimestamp(float(value), UTC).strftime("%Y-%m-%d %H:%M")
    return f"{value:,.0f}"
