from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from datasets.readers import read_edges


@pytest.mark.parametrize("text", ["0\t1\n2\t0\n0\t1\n", "0 1\n2 0\n0 1\n", "0,1\n2,0\n0,1", "\n0  1 \n\n2 0\n0 1\n"])
def test_any_separator_gives_sorted_distinct_edges(tmp_path: Path, text: str) -> None:
    file = tmp_path / "edges.txt"
    file.write_text(text)
    edges = read_edges(file, 3, 2)
    assert edges.dtype == np.int64
    assert edges.tolist() == [[0, 2], [1, 0]]


@given(pairs=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 7)), min_size=1, max_size=60))
def test_reads_back_the_set_of_pairs(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[int, int]]) -> None:
    file = tmp_path_factory.mktemp("edges") / "edges.txt"
    file.write_text("".join(f"{source}\t{target}\n" for source, target in pairs))
    assert list(zip(*read_edges(file, 31, 8).tolist())) == sorted(set(pairs))


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("0\t1\n5\t1\n", 2, "source id 5"),
        ("0\t1\n\n1\t2\n", 3, "target id 2"),
        ("0\t1\n-1\t1\n", 2, "source id -1"),
        ("0\t1\n1\t0.5\n", 2, "'0.5' is no integer"),
        ("0\t1\nx\t1\n", 2, "'x' is no integer"),
        ("0\t1\n1\n", 2, "1 columns"),
        ("0\t1\n1\t1\t1\n", 2, "3 columns"),
        ("0,1,1\n1,1,1\n", 1, "3 columns"),
        ("0\n1\n", 1, "1 columns"),
        ("0\t1\n99999999999999999999\t1\n", 2, "source id 99999999999999999999"),
    ],
)
def test_bad_line_is_named(tmp_path: Path, text: str, line: int, reason: str) -> None:
    file = tmp_path / "edges.txt"
    file.write_text(text)
    with pytest.raises(UserError) as raised:
        read_edges(file, 3, 2)
    assert f"{file}, line {line}: " in str(raised.value)
    assert reason in str(raised.value)


def test_empty_and_missing_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(UserError, match=r"empty\.txt"):
        read_edges(tmp_path / "empty.txt", 3, 2)
    with pytest.raises(UserError, match=r"absent\.txt: no such file"):
        read_edges(tmp_path / "absent.txt", 3, 2)
