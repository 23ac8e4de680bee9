"""Requests of many clients put together, and taken apart again."""

from core.recommending import Query
from core.serving.problems import UnknownIdError
from core.serving.recommendations import Wish, recommend_together
from core.serving.schemas import Answer
from tests.core.serving.shop import Shop


def items(answer: Answer | Exception) -> list[str]:
    assert isinstance(answer, Answer)
    return [item.id for item in answer.items]


def test_one_call_answers_all_that_agree_on_seen_items() -> None:
    shop = Shop()
    wishes = [
        Wish(Query(user="u3"), 2, None),
        Wish(Query(history=("i1", "i18")), 4, True),
        Wish(Query(user="u0"), 3, None),
        Wish(Query(history=("i18",)), 1, True),
        Wish(Query(history=("i1",)), 2, False),
    ]
    answers = recommend_together(shop, wishes)
    assert list(map(items, answers)) == [
        ["i3", "i4"],
        ["i19", "i0", "i2", "i3"],
        ["i0", "i1", "i2"],
        ["i19"],
        ["i1", "i2"],
    ]
    assert [(len(queries), top, seen) for queries, top, seen in shop.calls] == [
        (2, 3, None),
        (2, 4, True),
        (1, 2, False),
    ]


def test_who_is_unknown_keeps_nobody_from_an_answer() -> None:
    shop = Shop()
    wishes = [Wish(Query(user=user), 1, None) for user in ("u1", "nobody", "u2", "noone")]
    first, second, third, fourth = recommend_together(shop, wishes)
    assert (items(first), items(third)) == (["i1"], ["i2"])
    assert isinstance(second, UnknownIdError)
    assert "nobody" in str(second)
    assert "noone" in str(fourth)
    assert len(shop.calls) == 2


def test_nobody_is_known() -> None:
    shop = Shop()
    (answer,) = recommend_together(shop, [Wish(Query(user="nobody"), 1, None)])
    assert isinstance(answer, UnknownIdError)
    assert len(shop.calls) == 1
