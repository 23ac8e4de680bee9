"""What the command line asks of a model that recommends: lists of items for users and for histories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from core.errors import UserError


@dataclass(frozen=True)
class Query:
    """Whom to recommend to: a user of the data by id, or anyone by a history of item ids, oldest first.

    Ids are raw, as text; exactly one of the two is given.
    """

    user: str | None = None
    history: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if (self.user is None) == (self.history is None):
            raise ValueError("a query names either a user or a history")


@dataclass(frozen=True)
class Recommendation:
    """The answer to a query: raw item ids and scores, best first.

    `without_seen` says whether the items of the history were taken out.
    """

    items: Sequence[tuple[str, float]]
    without_seen: bool


class UnanswerableError(UserError):
    """Some queries name what the model does not know; the others could be answered.

    `reasons` says why, by the place among the queries; the message says it of all.
    """

    def __init__(self, reasons: Mapping[int, str]) -> None:
        super().__init__("\n".join(dict.fromkeys(reasons.values())))
        self.reasons = reasons


@runtime_checkable
class Recommender(Protocol):
    """What a task offers besides `core.task.Task` if its model recommends."""

    def recommend(self, queries: Sequence[Query], top: int, *, filter_seen: bool | None = None) -> list[Recommendation]:
        """Answer every query with the `top` best items, or as many as there are.

        A user's history is all that the data hold of it. `filter_seen` decides whether items of the history are
        left out; None follows the run's settings. Raises UnanswerableError, before anything is computed, for
        unknown ids and for items of a history that the model has learnt nothing about.
        """
