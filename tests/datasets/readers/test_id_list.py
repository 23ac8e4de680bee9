from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from core.errors import UserError
from datasets.readers.id_list import read_ids


@pytest.mark.parametrize(
    ("name", "content", "column", "ids"),
    [
        ("a.txt", "7\n\n 08 \nanna b\n", None, ["7", "08", "anna b"]),
        ("a.csv", "user\n7\n08\n", None, ["7", "08"]),
        ("a.csv", "user,age\nx,1\ny,2\n", "user", ["x", "y"]),
        ("a.tsv", 'user\tage\n"a, b"\t1\n', "user", ["a, b"]),
        ("a.inter", "user_id:token\titem_id:token\n5\t6\n", "item_id", ["6"]),
    ],
)
def test_ids_are_text(name: str, content: str, column: str | None, ids: list[str], tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    assert read_ids(tmp_path / name, column).ids.tolist() == ids


def test_parquet_ids_are_read_as_text(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"user": [3, 1]}), tmp_path / "a.parquet")
    found = read_ids(tmp_path / "a.parquet")
    assert found.ids.tolist() == ["3", "1"]
    assert found.place(1) == "row 2"


def test_places_are_lines(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x\n\ny\n")
    assert read_ids(tmp_path / "a.txt").place(1) == "line 3"
    (tmp_path / "a.csv").write_text("user\nx\ny\n")
    assert read_ids(tmp_path / "a.csv").place(1) == "line 3"


@pytest.mark.parametrize(
    ("name", "content", "column", "message"),
    [
        ("a.txt", "\n", None, "holds no id"),
        ("a.txt", "x\n", "user", "has no column 'user'"),
        ("a.csv", "user,age\nx,1\n", None, r"several columns \(user, age\); add --users-column"),
        ("a.csv", "user,age\nx,1\n", "usr", "unknown column 'usr'; did you mean user"),
        ("a.csv", "user,age\nx,1\n,2\n", "user", r"a\.csv, line 3: no id"),
        ("a.csv", "user\n", None, "holds no id"),
        ("a.json", "[]", None, "expected a table"),
    ],
)
def test_mistakes_are_named(name: str, content: str, column: str | None, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match=message):
        read_ids(tmp_path / name, column)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="cannot be read as text"):
        read_ids(tmp_path / "a.txt")
    for name in ("missing.txt", "missing.csv", "missing.parquet"):
        with pytest.raises(UserError, match="no such file"):
            read_ids(tmp_path / name)
