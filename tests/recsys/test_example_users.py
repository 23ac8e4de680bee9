"""Users for the report: of every length a hit and a miss where there are any, always the same, and nothing of their
ids is taken for markup."""

import numpy as np
import pytest
import torch

from datasets import SequenceDataset
from datasets.leave_one_out import Examples, LeaveOneOut
from recsys.evaluation import Rank, Ranking
from recsys.example_cards import ExampleCards
from recsys.example_users import ExampleUser, example_users

ITEMS = 40


def log(users: int = 90, shortest: int = 3) -> SequenceDataset:
    lengths = shortest + np.arange(users) % 30
    offsets = np.concatenate([[0], lengths.cumsum()])
    items = np.random.default_rng(0).integers(1, ITEMS + 1, offsets[-1])
    names = np.array([f"item-{number}" for number in range(1, ITEMS + 1)])
    ids = np.array([f"user-{row}" for row in range(users)])
    return SequenceDataset("made", items, offsets, None, ids, names, "0")


def rank_at(ranks: dict[int, int], usual: int = 30) -> Rank:
    """Put the targets of the users at these ranks, those of others at the usual one; lists are 1, 2, ..."""

    def rank(examples: Examples, k: int) -> Ranking:
        rows = examples.users(torch.arange(len(examples))).tolist()
        best = torch.arange(1, k + 1).expand(len(rows), k)
        return Ranking(torch.tensor([ranks.get(row, usual) for row in rows]), best, -best.double())

    return rank


def test_of_every_length_a_hit_and_a_miss() -> None:
    data = log()
    hits = {row: 1 + row % 10 for row in range(0, 90, 2)}
    found = example_users(rank_at(hits), data, LeaveOneOut(data, 50).test)
    assert [(one.length, one.is_hit) for one in found] == [
        (length, hit) for length in ("short", "medium", "long") for hit in (True, False)
    ]
    sizes = [one.items for one in found]
    assert max(sizes[:2]) <= min(sizes[2:4]) <= max(sizes[2:4]) <= min(sizes[4:])
    assert found == example_users(rank_at(hits), data, LeaveOneOut(data, 50).test)


def test_a_user_is_told_as_the_log_has_it() -> None:
    data = log()
    for one in example_users(rank_at({}), data, LeaveOneOut(data, 50).test):
        row = int(one.user.removeprefix("user-"))
        items = [f"item-{number}" for number in data.items[data.offsets[row] : data.offsets[row + 1]]]
        assert one.held_out == items[-1]
        assert one.items == len(items) - 1 == one.earlier + len(one.last)
        assert one.last == items[:-1][-8:]
        assert one.top == [(f"item-{place}", -float(place)) for place in range(1, 11)]
        assert one.had == {item for item, _ in one.top} & set(items[:-1])
        assert one.rank == 30


def test_without_hits_only_misses_and_without_test_users_nobody() -> None:
    data = log()
    assert [one.is_hit for one in example_users(rank_at({}), data, LeaveOneOut(data, 50).test)] == [False] * 3
    tiny = log(users=2, shortest=1)
    assert example_users(rank_at({}), tiny, LeaveOneOut(tiny, 50).test) == []


@pytest.mark.parametrize("users", [1, 2, 7])
def test_a_few_users_are_shown_once_each(users: int) -> None:
    data = log(users=users)
    found = [one.user for one in example_users(rank_at({0: 1}), data, LeaveOneOut(data, 50).test)]
    assert 1 <= len(found) == len(set(found))


def test_examples_of_some_users_are_those_of_all() -> None:
    data = log()
    split = LeaveOneOut(data, 50)
    rows = torch.tensor([3, 11, 80])
    some = split.train.of_users(rows)
    numbers = torch.arange(len(some))
    whole = torch.arange(len(split.train))
    mine = whole[torch.isin(split.train.users(whole), rows)]
    assert some.users(numbers).tolist() == split.train.users(mine).tolist()
    assert some.targets(numbers).tolist() == split.train.targets(mine).tolist()


def test_cards_escape_ids_and_mark_the_held_out_item() -> None:
    bad = "<script>alert('x')</script>"
    hit = ExampleUser(bad, "short", 2, 0, [bad, "b"], [("a", 2.0), (bad, 1.0)], frozenset({"a"}), bad, 2)
    miss = ExampleUser("u", "long", 12, 4, ["b"] * 8, [("a", 2.0)], frozenset(), "z", 1234)
    page = ExampleCards([hit, miss], without_seen=False).html()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 4
    assert "hit at rank 2" in page
    assert "miss, rank 1,234" in page
    assert "4 earlier" in page
    assert page.count('class="target"') == page.count('class="missed"') == 1
