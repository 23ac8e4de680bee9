"""What is said of tables and columns that nearly are what their names say."""

from pathlib import Path

import pytest

from core.errors import UserError
from datasets.inference import infer_schema
from tests.datasets.inference.tables import BUYS, GOODS, PEOPLE, write


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        ("C-3,30", "line 20: id 'C-3' stands also on line 5"),
        (",30", "line 20: no id in column 'customer_id'"),
    ],
)
def test_a_table_of_nodes_with_a_bad_row_is_missed(spoilt: str, reason: str, tmp_path: Path) -> None:
    lines = [*PEOPLE, *(f"C-{number},1" for number in range(100, 110)), spoilt]
    schema = infer_schema(write(tmp_path, customers__csv=lines, products__csv=GOODS, purchases__csv=BUYS))
    assert schema.nodes["customer"].table is None
    assert schema.unused["customers.csv"].startswith(reason)
    assert schema.warnings[0].startswith(f"customers.csv is no table of nodes: {reason}")


def test_a_table_without_names_is_told_to_have_none(tmp_path: Path) -> None:
    write(tmp_path, customers__csv=PEOPLE, products__csv=GOODS, purchases__csv=BUYS, stores__csv=["1,2", "3,4"])
    assert "add a line of names" in infer_schema(tmp_path).unused["stores.csv"]


def test_tables_that_cannot_be_read_are_warned_of(tmp_path: Path) -> None:
    write(tmp_path, customers__csv=PEOPLE, products__csv=GOODS, purchases__csv=BUYS, notes__txt=["x"], other__csv=["a"])
    assert infer_schema(tmp_path).warnings == ["other.csv is not used: has no rows"]


def test_ids_that_do_not_fit_are_compared(tmp_path: Path) -> None:
    goods = ["sku,price,brand_id", *(f"00{number},{number}.5,{number % 3}" for number in range(6))]
    buys = ["customer_id,sku", *(f"C-{number % 8},{number % 6}" for number in range(20))]  # the zeros are lost
    brands = ["brand_id,name", *(f"B{number},brand {number}" for number in range(3))]
    write(tmp_path, customers__csv=PEOPLE, products__csv=goods, purchases__csv=buys, brands__csv=brands)
    with pytest.raises(UserError) as raised:
        infer_schema(tmp_path)
    zeros = "sku is called like the ids of product, but 0 of its 6 values are: here 0, there 000"
    other = "brand_id is called like the ids of brand, but 0 of its 3 values are: here 0, there B0"
    assert f"purchases.csv: {zeros}" in str(raised.value)
    assert f"products.csv: nodes: product; {other}" in str(raised.value)
    write(tmp_path, likes__csv=["customer_id,tag", *(f"C-{number % 8},t{number % 5}" for number in range(20))])
    assert infer_schema(tmp_path).warnings == [f"products.csv: {other}", f"purchases.csv: {zeros}"]


@pytest.mark.parametrize(
    ("prefix", "friends", "told"), [("p", range(4), True), ("", range(9), True), ("", range(4), False)]
)
def test_two_types_that_may_be_one_are_told(prefix: str, friends: range, told: bool, tmp_path: Path) -> None:
    """Of persons who name friends, text that stands in both columns tells, numbers only if nearly all do."""
    knows = [f"{prefix}{n % 9},{prefix}{friends[n * 2 % len(friends)]}" for n in range(36)]
    shared = len({row.partition(",")[2] for row in knows})
    schema = infer_schema(write(tmp_path, knows__csv=["person_id,friend_id", *knows]))
    assert (schema.edges[0].source, schema.edges[0].target) == ("person", "friend")
    assert [note.split("; if ")[0] for note in schema.notes] == (
        [f"knows.csv: {shared} ids stand both in person_id and in friend_id"] if told else []
    )
    assert all("write 'target: person' in relations.knows and drop nodes.friend" in note for note in schema.notes)
