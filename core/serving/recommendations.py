"""Answering several requests for recommendations by one call of the model."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.recommending import Query, Recommendation, Recommender, UnanswerableError
from core.serving.problems import UnknownIdError
from core.serving.schemas import Answer, ScoredItem


@dataclass(frozen=True)
class Wish:
    """A query with what its request says of the list."""

    query: Query
    top: int
    filter_seen: bool | None

    def answer(self, found: Recommendation) -> Answer:
        """Return what the client gets of a list that may be longer than it wanted."""
        items = [ScoredItem(id=item, score=score) for item, score in found.items[: self.top]]
        return Answer(user=self.query.user, items=items, without_seen=found.without_seen)


def recommend_together(recommender: Recommender, wishes: Sequence[Wish]) -> list[Answer | Exception]:
    """Return an answer for every wish, or UnknownIdError.

    The model is called once for all that agree in `filter_seen`, with the longest of their lists.
    """
    answers: dict[int, Answer | Exception] = {}
    for filter_seen in {wish.filter_seen: None for wish in wishes}:
        places = [place for place, wish in enumerate(wishes) if wish.filter_seen is filter_seen]
        answers.update(zip(places, _answer(recommender, [wishes[place] for place in places]), strict=True))
    return [answers[place] for place in range(len(wishes))]


def _answer(recommender: Recommender, wishes: Sequence[Wish]) -> list[Answer | Exception]:
    """Answer wishes that agree in `filter_seen`; those that cannot be answered do not keep the others from it."""
    top, filter_seen = max(wish.top for wish in wishes), wishes[0].filter_seen
    reasons: dict[int, str] = {}
    try:
        found = recommender.recommend([wish.query for wish in wishes], top, filter_seen=filter_seen)
    except UnanswerableError as error:
        reasons = dict(error.reasons)
        rest = [wish.query for place, wish in enumerate(wishes) if place not in reasons]
        found = recommender.recommend(rest, top, filter_seen=filter_seen) if rest else []
    given = iter(found)
    return [
        UnknownIdError(reasons[place]) if place in reasons else wish.answer(next(given))
        for place, wish in enumerate(wishes)
    ]
