from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import UserError
from datasets.readers.edge_table import read_edge_rows
from datasets.readers.node_table import open_node_table
from datasets.readers.table import numbers_of, open_table, text_columns


def write(tmp_path: Path, text: str, name: str = "t.csv") -> Path:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


def numbers(path: Path, name: str) -> list[float]:
    file = open_table(path)
    return numbers_of(file, name, file.columns([name])[0]).tolist()


def test_ids_of_a_table_are_text_in_its_order(tmp_path: Path) -> None:
    path = write(tmp_path, 'id,x\n 007 ,1\n"b, c",2\nNA,3\n7,4\n')
    assert open_node_table(path, "id").ids.to_pylist() == ["007", "b, c", "NA", "7"]


@pytest.mark.parametrize("kind", ["int64", "float64", "str", "category"])
def test_whole_numbers_read_alike_however_they_are_stored(kind: str, tmp_path: Path) -> None:
    column = pd.Series([7, 12, 3])
    column = column.astype(str).astype("category") if kind == "category" else column.astype(kind)
    pd.DataFrame({"id": column}).to_parquet(tmp_path / "t.parquet")
    assert open_node_table(tmp_path / "t.parquet", "id").ids.to_pylist() == ["7", "12", "3"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["7.0", "", "12.0"], ["7", None, "12"]),  # as pandas writes whole numbers with gaps
        (["7.0", "1.5", "12.0"], ["7.0", "1.5", "12.0"]),
        (["1.0", "1.0.0"], ["1.0", "1.0.0"]),
        (["007.0"], ["007.0"]),
        (["x.0", "7.0"], ["x.0", "7.0"]),
    ],
)
def test_whole_numbers_that_gaps_gave_a_fraction(written: list[str], read: list[str | None], tmp_path: Path) -> None:
    path = write(tmp_path, "\n".join(["a,b", *(f"{value},x" for value in written)]))
    assert text_columns(open_table(path), ["a"])[0].to_pylist() == read


def test_another_separator_is_pointed_out(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"t\.csv: the first line is parted by ';'; give that as separator"):
        open_node_table(write(tmp_path, "id;x\na;1\n"), "id")


def test_damaged_categories_are_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"term": pd.Categorical([f"term {number % 7}" for number in range(80)])}).to_parquet(path)
    whole = path.read_bytes()

    def complaint(place: int) -> str:
        """Return what is said of the file with the bits of one byte turned."""
        path.write_bytes(bytes([*whole[:place], whole[place] ^ 0xFF, *whole[place + 1 :]]))
        try:
            text_columns(open_table(path), ["term"])
        except UserError as error:
            return str(error)
        return ""

    complaints = {complaint(place) for place in range(4, 200)} - {""}
    assert any("out of bounds" in one for one in complaints)
    assert any("Invalid UTF8" in one for one in complaints)
    assert all(one.startswith(str(path)) for one in complaints)


def test_missing_links_of_pandas_are_missing(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": ["x", "y", ""]}).to_parquet(tmp_path / "t.parquet")
    assert [column.to_pylist() for column in text_columns(open_table(tmp_path / "t.parquet"), ["a", "b"])] == [
        ["1", None, "3"],
        ["x", "y", None],
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,x\na,1\n,2\n", "t.csv, line 3: no id in column 'id'"),
        ("id,x\na,1\nb,2\na,3\nb,4\n", "t.csv, line 4: id 'a' stands also on line 2"),
        ("id,x\n", "t.csv: has no rows"),
        ("ID,x\na,1\n", "t.csv: unknown column 'id'"),
        ("id,id\na,1\n", "t.csv: 2 columns are called 'id'"),
        ("id,x\na,1\nb\n", "t.csv, line 3: 1 fields where the header names 2 columns"),
    ],
)
def test_a_bad_table_of_nodes_is_named_by_line(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised:
        open_node_table(write(tmp_path, text), "id", key="nodes.thing")
    assert reason in str(raised.value)


def test_edges_keep_the_rows_with_both_ends(tmp_path: Path) -> None:
    path = write(tmp_path, "from,to,kind\na,x,buy\n,x,buy\nb,,buy\nb,y,view\na,x,buy\n")
    edges = read_edge_rows(path, "from", "to")
    assert (edges.sources.to_pylist(), edges.targets.to_pylist()) == (["a", "b", "a"], ["x", "y", "x"])
    assert (edges.without_id, edges.place(1)) == (2, f"{path}, line 5")
    bought = read_edge_rows(path, "from", "to", where={"kind": "buy"})
    assert (bought.sources.to_pylist(), bought.without_id) == (["a", "a"], 2)


def test_edges_without_a_header(tmp_path: Path) -> None:
    path = write(tmp_path, "a\tx\nb\ty\n", "t.tsv")
    edges = read_edge_rows(path, "1", "2", header=False)
    assert (edges.sources.to_pylist(), edges.targets.to_pylist()) == (["a", "b"], ["x", "y"])
    assert edges.place(1) == f"{path}, line 2"
    with pytest.raises(UserError, match="line 3: 3 fields where the first line has 2 columns"):
        read_edge_rows(write(tmp_path, "a\tx\nb\ty\nc\td\te\n", "t.tsv"), "1", "2", header=False)


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("from,to\n", {}, "has no rows"),
        ("from,to\n,\n", {}, "no row has a value both in column 'from' and in column 'to' (relations.r)"),
        ("from,to\na,b\n", {"kind": "buy"}, "unknown column 'kind'"),
        ("from,to,kind\na,b,view\n", {"kind": "buy"}, "no row has relations.r.where"),
    ],
)
def test_bad_edges_are_explained(text: str, where: dict[str, str], reason: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised:
        read_edge_rows(write(tmp_path, text), "from", "to", where=where, key="relations.r")
    assert reason in str(raised.value)


def test_numbers_dates_and_gaps(tmp_path: Path) -> None:
    path = write(tmp_path, "n,d\n1,2020-01-01\n,NA\nNA,2020-01-02\n-2.5,2020-01-03T12:00:00\n")
    np.testing.assert_array_equal(numbers(path, "n"), [1, np.nan, np.nan, -2.5])
    day = 86400.0
    found = numbers(path, "d")
    np.testing.assert_array_equal(np.array(found) - found[0], [0, np.nan, day, 2.5 * day])


def test_what_is_no_number_is_named_by_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"t\.csv, line 3: 'cheap' in column 'price' is no number"):
        numbers(write(tmp_path, "price\n1\ncheap\n"), "price")
    with pytest.raises(UserError, match="'inf' in column 'price' is no number"):
        numbers(write(tmp_path, "price\n1\ninf\n"), "price")
