from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UserError
from datasets.interactions import Interactions
from datasets.readers import read_interactions

HEADER = {".csv": "user_id,item_id,timestamp", ".tsv": "user_id\titem_id\ttimestamp"}
IDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=6)
IDS = IDS.filter(lambda text: not text.endswith(".0"))  # what gaps do to whole numbers


def read(
    path: Path,
    time: str | None = "timestamp",
    *,
    user: str = "user_id",
    item: str = "item_id",
    separator: str | None = None,
) -> Interactions:
    return read_interactions(path, user, item, time, separator)


def write(tmp_path: Path, content: str | bytes, suffix: str = ".csv") -> Path:
    path = tmp_path / f"log{suffix}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(log: Interactions) -> list[tuple]:
    columns = [log.user_ids[log.users].tolist(), log.item_ids[log.items].tolist()]
    return list(zip(*columns, *([] if log.times is None else [log.times.tolist()])))


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".csv", "user_id,item_id,timestamp\n007,b,3\n7,a,1\n"),
        (".csv", "\ufeffextra, item_id ,user_id,timestamp\r\nx,b,007,3\r\n\r\n,  a ,7,1"),
        (".csv", 'user_id,item_id,timestamp,note\n"007",b,3,"two\nlines, ""quoted"""\n7,a,1,\n'),
        (".tsv", "user_id\titem_id\ttimestamp\n007\tb\t3\n7\ta\t1\n"),
        (".inter", "user_id:token\titem_id:token\trating:float\ttimestamp:float\n007\tb\t\t3\n7\ta\t1\t1\n"),
        (".inter", 'item_id:token\tuser_id:token\ttimestamp:float\tnote:token_seq\nb\t007\t3\t"\na\t7\t1\tx y\n'),
    ],
)
def test_ids_stay_text_and_rows_in_order(tmp_path: Path, suffix: str, content: str) -> None:
    log = read(write(tmp_path, content, suffix))
    assert rows(log) == [("007", "b", 3), ("7", "a", 1)]
    assert log.user_ids.tolist() == ["7", "007"]
    assert log.item_ids.tolist() == ["a", "b"]


@settings(deadline=None)
@given(st.lists(st.tuples(IDS, IDS, st.integers(-(10**12), 10**12)), min_size=1, max_size=10))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, content: list[tuple[str, str, int]]) -> None:
    path = tmp_path_factory.mktemp("log") / "log.csv"
    pd.DataFrame(content, columns=["user_id", "item_id", "timestamp"]).to_csv(path, index=False)
    log = read(path)
    assert rows(log) == content
    assert log.item_ids.tolist() == sorted({row[1] for row in content}, key=lambda text: (len(text), text))


def test_numbers_as_text_come_in_their_order(tmp_path: Path) -> None:
    lines = [f"{user},{item}" for user, item in ((10, 2), (9, 100), (2, 11))]
    log = read(write(tmp_path, "\n".join(["user_id,item_id", *lines])), None)
    assert log.user_ids.tolist() == ["2", "9", "10"]
    assert log.item_ids.tolist() == ["2", "11", "100"]
    assert log.times is None


def test_columns_and_separator_by_name(tmp_path: Path) -> None:
    log = read(write(tmp_path, "who;what;when\n1;2;3\n"), "when", user="who", item="what", separator=";")
    assert rows(log) == [("1", "2", 3)]


def test_without_a_header_columns_are_numbered(tmp_path: Path) -> None:
    path = write(tmp_path, "u,a,3\nv,b,x\n")
    assert rows(read_interactions(path, "1", "2", header=False)) == [("u", "a"), ("v", "b")]
    with pytest.raises(UserError, match="line 2: 'x' in column '3' is no time"):
        read_interactions(path, "1", "2", "3", header=False)


def test_ids_with_gaps_read_as_those_without(tmp_path: Path) -> None:
    path = write(tmp_path, "user_id,item_id\n7.0,a\n,b\n12.0,b\n")
    assert rows(read_interactions(path, "user_id", "item_id", drop_missing=True)) == [("7", "a"), ("12", "b")]


@pytest.mark.parametrize("item_type", ["int64", "uint32", "float64", "str", "category"])
def test_parquet_keeps_its_types(tmp_path: Path, item_type: str) -> None:
    frame = pd.DataFrame({"user_id": ["007", "7"], "item_id": [12, 3], "timestamp": [1.5, 0.5]})
    if item_type == "category":
        frame["item_id"] = frame["item_id"].astype(str).astype("category")
    else:
        frame["item_id"] = frame["item_id"].astype(item_type)
    frame.to_parquet(tmp_path / "log.parquet")
    log = read(tmp_path / "log.parquet")
    expected = [("007", 12, 1.5), ("7", 3, 0.5)]
    text = item_type in ("str", "category")
    assert rows(log) == [(user, str(item) if text else item, time) for user, item, time in expected]
    assert [str(one) for one in log.item_ids] == ["3", "12"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("user_id,item_id,timestamp\n1,a,1\n\n2,,3\n", "line 4: no value in column 'item_id'"),
        ("user_id,item_id,timestamp\n1,a,1\n   ,b,3\n", "line 3: no value in column 'user_id'"),
        ("user_id,item_id,timestamp\n1,a,1\n2,b,\n", "line 3: no value in column 'timestamp'"),
        ("user_id,item_id,timestamp\n1,a,1\n2,b,later\n", "line 3: 'later' in column 'timestamp' is no time"),
        ("user_id,item_id,timestamp\n1,a,nan\n2,b,2.5\n", "line 2: 'nan' in column 'timestamp' is no time"),
        ("user_id,item_id,timestamp\n1,a,1\n2,b\n", "line 3: 2 fields where the header names 3 columns"),
        ("user_id,item_id,timestamp\n1,a,1,9\n", "line 2: 4 fields where the header names 3 columns"),
        ("user_id,item_id,timestamp\n", "has a header but no rows"),
        ("", "holds no line"),
        ("userid,item_id,timestamp\n1,a,1\n", "did you mean user_id"),
        ("user_id,item_id,time\n1,a,1\n", "did you mean time"),
        ("user_id,item_id,time\n1,a,1\n", "or to null where every user's rows are in time order"),
        ("user_id,item_id,user_id,timestamp\n1,a,1,2\n", "2 columns are called 'user_id'"),
        (b"user_id,item_id,timestamp\n1,a,1\n2,\xff,3\n", "line 3: is not UTF-8"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: str | bytes, reason: str) -> None:
    path = write(tmp_path, content)
    if "did you mean user_id" in reason:
        reason = "unknown column 'user_id'; did you mean userid"
    with pytest.raises(UserError) as raised:
        read(path)
    assert str(raised.value).startswith(str(path))
    assert reason in str(raised.value)


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("item_id", [1.0, None], "row 2: no value in column 'item_id'"),
        ("item_id", [1.0, 1.5], "row 2: 1.5 in column 'item_id' is no id"),
        ("item_id", [True, False], "column 'item_id' holds bool; ids are text or integers"),
        (
            "user_id",
            np.array([1, 2**64 - 1], dtype=np.uint64),
            "row 2: 18446744073709551615 in column 'user_id' is no id",
        ),
        ("timestamp", [1.0, np.inf], "row 2: 'inf' in column 'timestamp' is no time"),
        ("timestamp", [True, False], "column 'timestamp' holds no times"),
    ],
)
def test_what_is_wrong_in_parquet_is_named(tmp_path: Path, column: str, values: object, reason: str) -> None:
    path = tmp_path / "log.parquet"
    frame = pd.DataFrame({"user_id": [1, 2], "item_id": [1, 2], "timestamp": [1, 2]})
    frame[column] = values
    frame.to_parquet(path)
    with pytest.raises(UserError) as raised:
        read(path)
    assert str(raised.value).startswith(str(path))
    assert reason in str(raised.value)


def test_not_a_number_is_a_missing_value(tmp_path: Path) -> None:
    columns = {"user_id": [1.0, np.nan, 3.0], "item_id": [4.0, 5.0, 6.0], "timestamp": [7.0, 8.0, np.nan]}
    # As NumPy's own numbers; pandas would write nulls.
    table = pa.table({name: pa.array(np.array(values)) for name, values in columns.items()})
    pq.write_table(table, tmp_path / "l.parquet")
    with pytest.raises(UserError, match="row 2: no value in column 'user_id'"):
        read(tmp_path / "l.parquet")
    log = read_interactions(tmp_path / "l.parquet", "user_id", "item_id", "timestamp", drop_missing=True)
    assert rows(log) == [(1, 4, 7.0)]


def test_damaged_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read(tmp_path / "log.csv")
    with pytest.raises(UserError, match="no such file"):
        read(tmp_path / "log.parquet")
    with pytest.raises(UserError, match=r"no Parquet file"):
        read(write(tmp_path, "user_id,item_id\n", ".parquet"))
    with pytest.raises(UserError, match="cannot be read as a table"):
        read(tmp_path_as(tmp_path, ".csv"))


def tmp_path_as(tmp_path: Path, suffix: str) -> Path:
    folder = tmp_path / f"folder{suffix}"
    folder.mkdir()
    return folder


def test_a_quote_that_is_never_closed_swallows_no_rows(tmp_path: Path) -> None:
    content = 'user_id,item_id,timestamp,note\n1,a,1,x\n2,b,2,"y\n3,c,3,z\n'
    with pytest.raises(UserError, match="line 3: a stray or unclosed quote"):
        read(write(tmp_path, content))
    assert len(rows(read(write(tmp_path, content.replace('"y', '5" pipe'))))) == 3
