from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from datasets.readers import read_user_lines

HISTORIES = st.lists(st.lists(st.integers(1, 10**17), min_size=1, max_size=5), min_size=1, max_size=6)
BLANKS = st.sampled_from([" ", "  ", "\t", " \t "])
ENDS = st.sampled_from(["\n", "\r\n", "\r", " \n", "\n\n", "\n \n"])


@given(histories=HISTORIES, blank=BLANKS, end=ENDS, closed=st.booleans())
def test_every_line_is_read_as_it_stands(
    tmp_path_factory: pytest.TempPathFactory, histories: list[list[int]], blank: str, end: str, closed: bool
) -> None:
    lines = [blank.join(map(str, [100 - user, *items])) for user, items in enumerate(histories)]
    path = tmp_path_factory.mktemp("log") / "log.txt"
    path.write_bytes((end.join(lines) + (end if closed else "")).encode())
    log = read_user_lines(path)
    assert log.user_ids.tolist() == [100 - user for user in range(len(histories))]
    assert [log.item_ids[log.items[log.users == user]].tolist() for user in range(len(histories))] == histories
    assert log.item_ids.tolist() == sorted({item for items in histories for item in items})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("1 2 3\n2\n3 4\n", "line 2: user 2 has no items; remove the line"),
        ("1 2 3\n\n2 x 4\n", "line 3: item id 'x' is no whole number from 1"),
        ("1 2 -3\n", "line 1: item id '-3' is no whole number from 1"),
        ("a 2 3\n", "line 1: user id 'a' is no whole number from 0"),
        ("1 2.0\n", "line 1: item id '2.0'"),
        ("1,2,3\n", "line 1: user id '1,2,3'"),
        ("1 2\n2 0 3\n", "line 2: item id 0 stands for padding; number items from 1"),
        ("1 2 00\n", "line 1: item id 0 stands for padding"),
        ("1 1234567890123456789\n", "more than 18 digits"),
        ("7 1\n8 2\n7 3\n", "line 3: user 7 is also on line 1; join the two lines"),
        ("1 ٣\n", "line 1: item id '٣'"),
        ("1 2\x00\n", "line 1: item id"),
        ("1 2\x0c3\n", r"line 1: item id '2\x0c3'"),
        ("1 2\r2 x\r", "line 2: item id 'x'"),
        ("", "holds no line"),
        (" \n\n", "holds no line"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "log.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UserError) as raised:
        read_user_lines(path)
    assert str(raised.value).startswith(str(path))
    assert reason in str(raised.value)


def test_a_missing_file_is_a_user_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_user_lines(tmp_path / "log.txt")
    with pytest.raises(UserError, match="cannot be read"):
        read_user_lines(tmp_path)


def test_a_large_file_equals_a_naive_reading(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    histories = [rng.integers(1, 5000, size).tolist() for size in rng.integers(1, 60, 500)]
    path = tmp_path / "log.txt"
    path.write_text("".join(f"{user} {' '.join(map(str, items))}\n" for user, items in enumerate(histories)))
    log = read_user_lines(path)
    assert log.item_ids[log.items].tolist() == [item for items in histories for item in items]
    assert np.bincount(log.users).tolist() == [len(items) for items in histories]
