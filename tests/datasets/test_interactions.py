from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datasets.interactions import Interactions, in_time_order, k_core, with_rows_only, without_repeats

Row = tuple[int, int, int]
Key = TypeVar("Key")
USERS, ITEMS = np.array(["a", "b", "c", "d", "e"]), np.arange(10, 17)
ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(0, 3)), max_size=40)


def log_of(rows: list[Row]) -> Interactions:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Interactions(table[:, 0], table[:, 1], table[:, 2], USERS, ITEMS)


def rows_of(log: Interactions) -> list[Row]:
    assert log.times is not None
    return list(zip(log.users.tolist(), log.items.tolist(), log.times.tolist()))


def first_by(rows: list[Row], key: Callable[[Row], Key]) -> list[Row]:
    seen: dict[Key, Row] = {}
    for row in rows:
        seen.setdefault(key(row), row)
    return list(seen.values())


def naive_core(rows: list[Row], least: int) -> list[Row]:
    """Remove one user or item at a time."""
    while True:
        for place in (0, 1):
            rare = [one for one, count in Counter(row[place] for row in rows).items() if count < least]
            if rare:
                rows = [row for row in rows if row[place] != rare[0]]
                break
        else:
            return rows


@given(ROWS)
def test_time_order_is_stable(rows: list[Row]) -> None:
    expected = sorted(rows, key=lambda row: (row[0], row[2]))
    assert rows_of(in_time_order(log_of(rows))) == expected


@given(ROWS)
def test_without_times_the_order_of_the_file_is_kept(rows: list[Row]) -> None:
    log = log_of(rows)
    ordered = in_time_order(Interactions(log.users, log.items, None, USERS, ITEMS))
    expected = sorted(rows, key=lambda row: row[0])
    assert list(zip(ordered.users.tolist(), ordered.items.tolist())) == [row[:2] for row in expected]
    assert ordered.times is None


@given(ROWS)
def test_the_first_of_repeats_stays(rows: list[Row]) -> None:
    ordered = sorted(rows, key=lambda row: (row[0], row[2]))
    assert rows_of(without_repeats(log_of(ordered))) == first_by(ordered, lambda row: row[:2])


@given(ROWS, st.integers(1, 5))
def test_k_core_equals_removing_one_by_one(rows: list[Row], least: int) -> None:
    assert rows_of(k_core(log_of(rows), least)) == naive_core(rows, least)


def test_a_chain_is_unravelled_to_its_end() -> None:
    rows = [(user, item, 0) for user in range(5) for item in (user, user + 1)]
    assert rows_of(k_core(log_of(rows), 2)) == []


@given(ROWS)
def test_ids_without_rows_go_and_the_rest_keep_their_names(rows: list[Row]) -> None:
    log = with_rows_only(log_of(rows))
    assert log.user_ids[log.users].tolist() == [USERS[row[0]] for row in rows]
    assert log.item_ids[log.items].tolist() == [ITEMS[row[1]] for row in rows]
    assert log.item_ids.tolist() == sorted({int(ITEMS[row[1]]) for row in rows})
    assert log.user_ids.tolist() == sorted({str(USERS[row[0]]) for row in rows})
