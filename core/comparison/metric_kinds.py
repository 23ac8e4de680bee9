"""Which end of a metric is the better one, and which metrics a table shows where nobody has chosen."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Literal

from core.errors import UserError, unknown_name
from core.report.numbers import CUTOFF, STD, at_one_cutoff, is_cost

Better = Literal["higher", "lower"]

_HIGHER = frozenset(
    {
        "hr",
        "recall",
        "ndcg",
        "mrr",
        "precision",
        "macro_f1",
        "micro_f1",
        "auc",
        "nmi",
        "ari",
        "accuracy",
        "accuracy_aligned",
    }
)
_REPEATED = frozenset({"recall", "precision"})
"""With one relevant item, recall is the hit rate and precision a k-th of it."""

_HEADLINES = ("test/ndcg@10", "test/ndcg@*", "classification/*/macro_f1", "clustering/nmi")
"""What a leaderboard goes by, the first that a run has."""


def better_end(name: str) -> Better | None:
    """Return which end of a metric is better by its kind, the last part of its name; None where that is not known.

    >>> better_end("test/length_1-5/hr@10"), better_end("time/train_s"), better_end("test/popularity@10")
    ('higher', 'lower', None)
    """
    kind = _kind(name)
    if is_cost(name) or kind == "loss" or kind.endswith("_loss"):
        return "lower"
    return "higher" if kind in _HIGHER else None


def default_metrics(names: Iterable[str]) -> list[str]:
    """Return the metrics that tell how good a model is, in order, and then what it cost.

    Left out are validation's, which chose the model; groups of users; what says the same twice; and whatever has no
    better end. Where nothing is left, all are shown.
    """
    plain = sorted_metrics(names)
    chosen = [name for name in plain if better_end(name) and not _is_detail(name)]
    return chosen if any(not is_cost(name) for name in chosen) else plain


def choose_metrics(patterns: Sequence[str], names: Iterable[str]) -> list[str]:
    """Return the metrics that the patterns name, pattern after pattern; `*` stands for anything.

    Raises:
        UserError: with the closest names, for a pattern that fits none.
    """
    known = sorted_metrics(names)
    chosen: dict[str, None] = {}
    for pattern in patterns:
        found = [name for name in known if fnmatchcase(name, pattern)]
        if not found:
            raise unknown_metric(pattern, known)
        chosen.update(dict.fromkeys(found))
    return list(chosen)


def unknown_metric(name: str, names: Iterable[str]) -> UserError:
    """Return the error for a metric that no run has: with the closest of all, and those that there are in short.

    >>> str(unknown_metric("test/hr@1", ["test/hr@5", "test/hr@10", "epochs"]))
    "unknown metric 'test/hr@1'; did you mean test/hr@10 or test/hr@5? Known: epochs, test/hr@10"
    """
    known = sorted_metrics(names)
    shown = at_one_cutoff([name for name in known if not _is_detail(name)])
    return unknown_name("metric", name, shown, known)


def fits(pattern: str, names: Iterable[str]) -> bool:
    """Return whether a pattern names any of the metrics."""
    return any(fnmatchcase(name, pattern) for name in sorted_metrics(names))


def headline_metric(names: Iterable[str]) -> str | None:
    """Return the one metric to sort runs by, None where there is none that is known."""
    known = [name for name in sorted_metrics(names) if not is_cost(name)]
    fitting = [name for pattern in _HEADLINES for name in known if fnmatchcase(name, pattern) and not _is_detail(name)]
    return next(iter([*fitting, *(name for name in known if better_end(name) == "higher")]), None)


def sorted_metrics(names: Iterable[str]) -> list[str]:
    """Return the names without deviations, results before costs, numbers in them by size."""
    given = set(names)
    plain = [name for name in given if not (name.endswith(STD) and name.removesuffix(STD) in given)]
    return sorted(plain, key=lambda name: (is_cost(name), _by_size(name)))


def _kind(name: str) -> str:
    return name.rpartition("/")[2].partition(CUTOFF)[0]


def _is_detail(name: str) -> bool:
    # Groups of users stand one folder deeper than all users: test/length_1-5/hr@10.
    is_group = CUTOFF in name and name.count("/") > 1
    return name.startswith("valid/") or is_group or _kind(name) in _REPEATED


def _by_size(name: str) -> tuple[object, ...]:
    # Texts and numbers take turns, so that like is compared with like.
    parts = re.split(r"(\d+)", name)
    return tuple(int(part) if index % 2 else part for index, part in enumerate(parts))
