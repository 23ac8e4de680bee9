import numpy as np
import pytest
import torch
from torch import Tensor

from core.errors import UserError
from core.recommending import Query, UnanswerableError
from datasets import SequenceDataset
from datasets.packing import PackedSequences
from recsys.evaluation import RankingSettings
from recsys.recommending import VectorRecommender

TABLE = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9], [0.5, 0.5], [-1.0, -1.0]])


@pytest.fixture
def log() -> SequenceDataset:
    histories = [[1, 2, 1, 3, 4], [3, 4, 5, 1], [2, 6, 6]]
    return SequenceDataset(
        name="shop",
        items=np.concatenate(histories),
        offsets=np.cumsum([0, *map(len, histories)]),
        times=None,
        user_ids=np.array(["anna", "bert", "carl"]),
        item_ids=np.array([10, 20, 30, 40, 50, 60]),
        checksum="0",
    )


def last_item(batch: PackedSequences) -> Tensor:
    """Encode a history by its last item, plus a little of its first."""
    return TABLE[batch.items[batch.offsets[1:] - 1]] + 0.01 * TABLE[batch.items[batch.offsets[:-1]]]


def ranker(log: SequenceDataset, max_length: int = 50, **settings: object) -> VectorRecommender:
    return VectorRecommender(last_item, TABLE, log, RankingSettings.model_validate(settings), max_length)


def answers(log: SequenceDataset, *queries: Query, **changes: object) -> list[list[str]]:
    options: dict = {"top": 3, "max_length": 50, "filter_seen": False} | changes
    asked = ranker(log, options.pop("max_length"))
    return [[item for item, _ in answer.items] for answer in asked.recommend(queries, **options)]


def test_raw_ids_come_out_best_first(log: SequenceDataset) -> None:
    (answer,) = ranker(log).recommend([Query(history=("30", "10"))], 2)
    assert [item for item, _ in answer.items] == ["10", "20"]
    assert [score for _, score in answer.items] == pytest.approx([1.0, 0.901])
    assert not answer.without_seen


def test_a_users_history_is_all_of_it(log: SequenceDataset) -> None:
    """Also the targets of validation and test: anna's last item is 40."""
    same = [Query(user="anna"), Query(history=("10", "20", "10", "30", "40"))]
    first, second = answers(log, *same)
    assert first == second == ["30", "40", "50"]


def test_more_than_there_is_gives_all_of_it(log: SequenceDataset) -> None:
    assert answers(log, Query(user="anna"), top=10**12) == answers(log, Query(user="anna"), top=6)


def test_queries_do_not_mix(log: SequenceDataset) -> None:
    queries = [Query(user="carl"), Query(history=("10",)), Query(user="bert"), Query(user="anna")]
    assert answers(log, *queries, top=6) == [answers(log, query, top=6)[0] for query in queries]


def test_what_was_seen_is_left_out_however_long_ago(log: SequenceDataset) -> None:
    found = answers(log, Query(user="anna"), Query(history=("30",)), top=6, filter_seen=True, max_length=1)
    assert found == [["50", "60"], ["40", "50", "20", "10", "60"]]


def test_only_the_most_recent_items_are_encoded(log: SequenceDataset) -> None:
    whole, recent, last = (
        ranker(log, length).recommend([query], 1)[0].items[0][1]
        for query, length in [
            (Query(history=("10", "30", "30")), 3),
            (Query(history=("10", "30", "30")), 2),
            (Query(history=("30", "30")), 3),
        ]
    )
    assert recent == last != whole


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (Query(user="ana"), "no user 'ana' in shop; did you mean anna"),
        (Query(history=("10", "11", "12")), "no item '11', '12' in shop"),
        (Query(history=("10", "60", "60")), "no training sequence of shop holds item 60"),
        (Query(history=()), "needs an item"),
    ],
)
def test_what_is_not_known_is_named(log: SequenceDataset, query: Query, message: str) -> None:
    with pytest.raises(UserError, match=message):
        answers(log, query)


def test_each_query_that_cannot_be_answered_has_its_reason(log: SequenceDataset) -> None:
    queries = [Query(user="ana"), Query(user="bert"), Query(history=("10", "60")), Query(user="ana")]
    with pytest.raises(UnanswerableError) as caught:
        answers(log, *queries)
    reasons = caught.value.reasons
    assert list(reasons) == [0, 2, 3]
    assert reasons[0] == reasons[3] == "no user 'ana' in shop; did you mean anna?"
    assert str(caught.value).splitlines() == [reasons[0], reasons[2]]


def test_many_users_at_once_get_what_each_gets(log: SequenceDataset) -> None:
    rows = np.array([2, 0, 1, 0])
    for filter_seen in (True, False):
        asked = ranker(log, filter_seen=filter_seen, batch_tokens=3)
        numbers, scores = asked.rank_items(rows, 10)
        assert numbers.shape == scores.shape == (4, 6)
        for row, items, values in zip(rows, numbers.tolist(), scores.tolist(), strict=True):
            (one,) = asked.recommend([Query(user=str(log.user_ids[row]))], 10)
            assert one.without_seen is filter_seen
            left = [str(log.item_ids[item - 1]) for item in items if item]
            assert [(item, score) for item, score in one.items] == list(zip(left, values, strict=False))
        assert torch.equal(
            asked.rank_items(rows, 10, filter_seen=not filter_seen)[0].eq(0).any(), torch.tensor(not filter_seen)
        )
