"""A recommender without a model: what it answers is known beforehand."""

import threading
from collections.abc import Sequence

from core.recommending import Query, Recommendation, UnanswerableError

ITEMS = [f"i{number}" for number in range(20)]
USERS = [f"u{number}" for number in range(8)]


class Shop:
    """Recommends the items in a circle, from the place that the user's number or the history's last item says."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[Query], int, bool | None]] = []
        self.goes_on = threading.Event()
        self.goes_on.set()

    def recommend(self, queries: Sequence[Query], top: int, *, filter_seen: bool | None = None) -> list[Recommendation]:
        self.calls.append((list(queries), top, filter_seen))
        assert self.goes_on.wait(10)
        reasons = {place: f"what is {query}?" for place, query in enumerate(queries) if self._start(query) is None}
        if reasons:
            raise UnanswerableError(reasons)
        return [self._answer(query, top, filter_seen) for query in queries]

    def _start(self, query: Query) -> int | None:
        if query.history is None:
            return USERS.index(query.user) if query.user in USERS else None
        return ITEMS.index(query.history[-1]) if set(query.history) <= set(ITEMS) else None

    def _answer(self, query: Query, top: int, filter_seen: bool | None) -> Recommendation:
        start = self._start(query)
        assert start is not None
        circle = ITEMS[start:] + ITEMS[:start]
        left = [item for item in circle if not (filter_seen and item in (query.history or ()))]
        return Recommendation([(item, 1.0 - place / 32) for place, item in enumerate(left[:top])], bool(filter_seen))
