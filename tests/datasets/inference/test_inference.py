"""What is understood of folders as strangers have them."""

import doctest
from pathlib import Path

import pandas as pd
import pytest

from core.errors import UserError
from datasets.inference import Schema, infer_schema, kinds, naming, writing
from datasets.inference.kinds import guess_kind
from datasets.inference.log_columns import find_log_columns
from datasets.inference.profiles import profile_table
from datasets.readers.delimited import likely_separator
from tests.datasets.inference.tables import BUYS, GOODS, PEOPLE, write


def nodes_of(schema: Schema) -> dict[str, tuple[str | None, str]]:
    return {name: (node.table.path.name if node.table else None, node.id) for name, node in schema.nodes.items()}


def edges_of(schema: Schema) -> dict[str, tuple[str, str, str, str]]:
    return {edge.name: (edge.source, edge.target, edge.source_column, edge.target_column) for edge in schema.edges}


def test_a_shop(tmp_path: Path) -> None:
    schema = infer_schema(write(tmp_path, customers__csv=PEOPLE, products__csv=GOODS, purchases__csv=BUYS))
    assert nodes_of(schema) == {"customer": ("customers.csv", "customer_id"), "product": ("products.csv", "sku")}
    assert edges_of(schema) == {"purchases": ("customer", "product", "customer_id", "sku")}
    assert schema.edges[0].unused == ["date"]
    assert (schema.target, schema.labels, schema.unused) == ("customer", None, {})


def test_a_key_that_looks_like_a_number_is_known_by_its_use(tmp_path: Path) -> None:
    goods = ["sku,price", *(f"00{number},{number}.5" for number in range(6))]
    buys = ["customer_id,sku", *(f"C-{number % 8},00{number % 7}" for number in range(20))]  # 006 is not listed
    schema = infer_schema(write(tmp_path, customers__csv=PEOPLE, products__csv=goods, purchases__csv=buys))
    assert nodes_of(schema) == {"customer": ("customers.csv", "customer_id"), "product": ("products.csv", "sku")}
    assert edges_of(schema) == {"purchases": ("customer", "product", "customer_id", "sku")}
    assert schema.nodes["product"].strangers == "1 of the ids in purchases.csv"


def test_ids_that_gaps_gave_a_fraction_are_the_same_ids(tmp_path: Path) -> None:
    papers = ["id,venue_id", *(f"{n},{float(n % 5) if n % 7 else ''}" for n in range(40))]
    venues = ["id,name", *(f"{n},venue {n}" for n in range(5))]
    schema = infer_schema(write(tmp_path, papers__csv=papers, venues__csv=venues))
    assert edges_of(schema) == {"paper-venue": ("paper", "venue", "id", "venue_id")}
    assert schema.nodes["venue"].strangers == ""


@pytest.mark.parametrize("name", ["", "Unnamed: 0"])
def test_row_numbers_that_pandas_wrote_are_no_column(name: str, tmp_path: Path) -> None:
    tables = {
        file: [f"{number - 1 if number else name},{line}" for number, line in enumerate(lines)]
        for file, lines in (("customers__csv", PEOPLE), ("products__csv", GOODS), ("purchases__csv", BUYS))
    }
    schema = infer_schema(write(tmp_path, **tables))
    assert nodes_of(schema) == {"customer": ("customers.csv", "customer_id"), "product": ("products.csv", "sku")}
    assert [column.name for column in schema.nodes["customer"].columns] == ["age"]


def test_columns_of_lists_are_left_out(tmp_path: Path) -> None:
    frame = pd.DataFrame({"author_id": range(9), "vector": [[1.0, 2.0]] * 9, "raw": [b"\xff"] * 9, "well": [True] * 9})
    frame[frame.author_id > 0].to_parquet(tmp_path / "authors.parquet")  # keeps pandas's index
    columns = profile_table(tmp_path / "authors.parquet").columns
    assert list(columns) == ["author_id", "vector", "raw", "well"]
    guesses = {name: guess_kind(column) for name, column in columns.items()}
    assert [guesses[name].kind for name in ("vector", "raw")] == [None, None]
    assert guesses["vector"].note == "holds list<element: double>, no plain values"
    assert guesses["vector"].missing == 0


def test_truth_values_are_numbers(tmp_path: Path) -> None:
    pd.DataFrame({"well": [True, False, None, True]}, dtype="boolean").to_parquet(tmp_path / "t.parquet")
    guess = guess_kind(profile_table(tmp_path / "t.parquet").columns["well"])
    assert (guess.kind, guess.note, guess.missing) == ("numeric", "true or false", 1)


def test_a_shared_column_that_nobody_repeats_is_no_key(tmp_path: Path) -> None:
    sizes = ["width,height", *(f"{number},{number + 1}" for number in range(5))]
    others = ["width,depth", *(f"{number},{number + 2}" for number in range(5))]
    with pytest.raises(UserError, match="no table joins nodes of two types"):
        infer_schema(write(tmp_path, sizes__csv=sizes, others__csv=others))


def test_numbered_papers_with_classes_and_parts(tmp_path: Path) -> None:
    papers = [
        "id,title,label,split",
        *(f"{n},on a subject {n},{'xy'[n % 2]},{('train', 'test')[n % 2]}" for n in range(9)),
    ]
    authors = ["id,name", *(f"{n},name{n}" for n in range(5))]
    writes = ["author_id,paper_id", *(f"{n % 5},{n % 9}" for n in range(12))]
    cites = ["citing,cited", *(f"{n % 9},{(n + 1) % 9}" for n in range(12))]
    schema = infer_schema(
        write(tmp_path, papers__csv=papers, authors__csv=authors, writes__csv=writes, cites__csv=cites)
    )
    assert edges_of(schema) == {"writes": ("author", "paper", "author_id", "paper_id")}
    assert "no two columns are ids" in schema.unused["cites.csv"]  # numbers fit anything
    assert (schema.target, schema.split) == ("paper", "split")
    assert schema.labels is not None
    assert (schema.labels.column, schema.labels.classes, schema.labels.smallest) == ("label", 2, 4)
    assert [column.name for column in schema.nodes["paper"].columns] == ["title"]


def test_the_name_of_a_file_tells_what_numbers_name(tmp_path: Path) -> None:
    papers = ["id,year", *(f"{n},{2000 + n}" for n in range(9))]
    authors = ["id,h", *(f"{n},{n}" for n in range(5))]
    pairs = [f"{n % 9}\t{n % 5}" for n in range(12)]
    write(tmp_path, papers__csv=papers, authors__csv=authors, paper_author__tsv=pairs)
    schema = infer_schema(tmp_path)
    assert edges_of(schema) == {"paper-author": ("paper", "author", "1", "2")}
    assert not schema.edges[0].table.header


def test_columns_of_nodes_that_name_nodes(tmp_path: Path) -> None:
    workers = ["name,boss,city,brand_id", *(f"w{n},{f'w{n // 3}' if n else ''},c{n % 3},{n % 2}" for n in range(9))]
    cities = ["city,size", *(f"c{n},{n}" for n in range(3))]
    schema = infer_schema(write(tmp_path, workers__csv=workers, cities__csv=cities))
    assert nodes_of(schema) == {
        "city": ("cities.csv", "city"),
        "worker": ("workers.csv", "name"),
        "brand": (None, ""),
    }
    assert edges_of(schema) == {
        "worker-boss": ("worker", "worker", "name", "boss"),
        "worker-city": ("worker", "city", "name", "city"),
        "worker-brand": ("worker", "brand", "name", "brand_id"),
    }


def test_parquet_links_with_gaps(tmp_path: Path) -> None:
    movies = pd.DataFrame({"movie_id": range(10, 20), "director_id": [1.0, None, 2, 3, 1, 2, 3, 1, 2, 3]})
    movies.to_parquet(tmp_path / "movies.parquet")
    pd.DataFrame({"directorId": [1, 2, 3], "born": [1950, 1960, 1970]}).to_parquet(tmp_path / "directors.parquet")
    assert edges_of(infer_schema(tmp_path)) == {"movie-director": ("movie", "director", "movie_id", "director_id")}


def test_a_column_of_kinds_makes_a_relation_of_each(tmp_path: Path) -> None:
    users = ["user,age", *(f"u{n},{n}" for n in range(5))]
    events = ["user,item,event", *(f"u{n % 5},i{n % 3},{('view', 'buy')[n % 2]}" for n in range(20))]
    schema = infer_schema(write(tmp_path, users__csv=users, events__csv=events))
    assert {edge.name: dict(edge.where) for edge in schema.edges} == {
        "events-view": {"event": "view"},
        "events-buy": {"event": "buy"},
    }


def test_edges_alone(tmp_path: Path) -> None:
    acts = ["actor,movie", *(f"a{n % 4},m{n % 6}" for n in range(12))]
    directs = ["movie,director", *(f"m{n},d{n % 2}" for n in range(6))]
    schema = infer_schema(write(tmp_path, acts__csv=acts, directs__csv=directs))
    assert schema.target == "movie"
    assert set(nodes_of(schema).values()) == {(None, "")}


def test_labels_in_a_table_of_their_own_are_no_edges(tmp_path: Path) -> None:
    labels = ["customer_id,label", *(f"C-{number},{'ab'[number % 2]}" for number in range(6))]
    write(tmp_path, customers__csv=PEOPLE, products__csv=GOODS, purchases__csv=BUYS, labels__csv=labels)
    schema = infer_schema(tmp_path)
    assert schema.labels is not None
    assert schema.labels.table is not None
    assert (schema.target, schema.labels.table.path.name, schema.labels.id) == ("customer", "labels.csv", "customer_id")
    assert list(edges_of(schema)) == ["purchases"]
    assert schema.unused == {}


def test_a_second_table_of_a_type_is_not_used(tmp_path: Path) -> None:
    details = ["customer_id,income", *(f"C-{number},{number}" for number in range(8))]
    write(tmp_path, customers__csv=PEOPLE, details__csv=details, products__csv=GOODS, purchases__csv=BUYS)
    schema = infer_schema(tmp_path)
    assert list(nodes_of(schema)) == ["customer", "product"]
    assert "customer_id names a customer" in schema.unused["details.csv"]


def test_ids_that_no_table_lists_are_counted(tmp_path: Path) -> None:
    write(tmp_path, customers__csv=PEOPLE, products__csv=GOODS, purchases__csv=[*BUYS, "C-1,s77,2024-01-01"])
    schema = infer_schema(tmp_path)
    assert schema.nodes["product"].strangers == "1 of the ids in purchases.csv"
    assert schema.nodes["customer"].strangers == ""


def test_relations_never_share_a_name_with_a_type_or_each_other(tmp_path: Path) -> None:
    tags = ["customer_id,tag_id", *(f"C-{number % 8},t{number % 5}" for number in range(20))]
    write(tmp_path, customers__csv=PEOPLE, products__csv=GOODS, purchases__csv=BUYS, tag__csv=tags)
    write(tmp_path, purchases_edges__csv=BUYS, links_purchases__csv=BUYS)
    schema = infer_schema(tmp_path)
    assert [edge.name for edge in schema.edges] == ["purchases", "customer-product", "purchases-2", "customer-tag"]
    assert set(schema.nodes) == {"customer", "product", "tag"}


def test_wishes_come_first(tmp_path: Path) -> None:
    people = [f"{line},{('tier', 'ab'[number % 2])[number > 0]}" for number, line in enumerate(PEOPLE)]
    write(tmp_path, customers__csv=people, products__csv=GOODS, purchases__csv=BUYS)
    assert infer_schema(tmp_path, target="product").target == "product"
    tiers = infer_schema(tmp_path, label="tier")
    assert tiers.labels is not None
    assert (tiers.target, tiers.labels.column) == ("customer", "tier")
    for wishes, reason in (
        ({"target": "custmer"}, "unknown node type 'custmer'; did you mean customer"),
        ({"label": "teir"}, "unknown column 'teir'; did you mean tier"),
        ({"label": "age"}, "--label age: expected a column with 2 to 50 different values"),
        ({"target": "product", "label": "tier"}, "--label tier: holds no classes of product, but of customer"),
    ):
        with pytest.raises(UserError) as raised:
            infer_schema(tmp_path, **wishes)
        assert reason in str(raised.value)


def test_a_folder_that_says_no_graph_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no table that can be read"):
        infer_schema(tmp_path)
    write(tmp_path, customers__csv=PEOPLE, broken__csv=["a,b", "1,2,3"], notes__txt=["hello"])
    with pytest.raises(UserError) as raised:
        infer_schema(tmp_path)
    for part in ("customers.csv: nodes: customer", "broken.csv: line 2: 3 fields", "notes.txt: none of .csv"):
        assert part in str(raised.value)


@pytest.mark.parametrize(
    ("values", "kind", "note"),
    [
        (["1", "", "2.5", "NA"], "numeric", "numbers"),
        (["2020-01-01", "2021-05-05", "2020-01-01"], "numeric", "dates, as seconds"),
        (["a", "b", "a", "b", "c", "c"], "categorical", "3 values"),
        (["a", "a", ""], None, "constant"),
        (["", ""], None, "empty"),
        ([f"u{number}@x.org" for number in range(9)], None, "nearly every row has a value of its own"),
        ([f"some words about {number}" for number in range(9)], "text", "4 words on average"),
        ([f"Ann Li{number}" for number in range(9)], "text", "9 short values, taken for their words"),
        (['"1,5"', '"1.000,25"', "7"], None, "numbers with commas"),
        (['"1,500"', '"2,000,000.5"'], None, "numbers with commas"),
        (['"1,2"', '"1,2,3"', '"1,2"', '"1,2"'], "categorical", "2 values"),
        (["1.2", "1.2.3", "1.2", "1.2"], "categorical", "2 values"),
        ([*map(str, range(40)), "many"], None, "numbers, but for 1 of 41 values, the first on line 42"),
    ],
)
def test_kinds_of_columns(values: list[str], kind: str | None, note: str, tmp_path: Path) -> None:
    lines = ["key,value", *(f"{number},{value}" for number, value in enumerate(values))]
    guess = guess_kind(profile_table(write(tmp_path, t__csv=lines) / "t.csv").columns["value"])
    assert (guess.kind, guess.note) == (kind, note)


def test_gaps_are_counted(tmp_path: Path) -> None:
    table = profile_table(write(tmp_path, t__csv=["a,b", "1,x", ",NA", "NA,"]) / "t.csv")
    assert (table.columns["a"].gaps, table.columns["a"].missing) == (2, 1)
    assert guess_kind(table.columns["a"]).missing == 2
    assert table.columns["b"].missing == 1


@pytest.mark.parametrize(
    ("header", "separator"), [("a;b;c", ";"), ("a\tb", "\t"), ("a|b", "|"), ("a,b", None), ("a", None)]
)
def test_a_separator_is_found_where_the_suffix_misleads(header: str, separator: str | None, tmp_path: Path) -> None:
    assert likely_separator(write(tmp_path, t__csv=[header]) / "t.csv") == separator


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("user_id,item_id,timestamp", ("user_id", "item_id", "timestamp")),
        ("when,customer,note,sku", ("customer", "sku", "when")),
        ("reviewerID,asin,unixReviewTime", ("reviewerID", "asin", "unixReviewTime")),
        ("userId,movieId,rating", ("userId", "movieId", None)),
    ],
)
def test_columns_of_a_log_are_found_by_name(header: str, found: tuple[str, str, str | None], tmp_path: Path) -> None:
    values = ",".join(str(number) for number in range(len(header.split(","))))
    table = profile_table(write(tmp_path, log__csv=[header, values]) / "log.csv")
    columns = find_log_columns(table)
    assert (columns.user, columns.item, columns.time) == found


def test_columns_of_a_log_that_nobody_would_guess(tmp_path: Path) -> None:
    table = profile_table(write(tmp_path, log__csv=["a,b,time", "x,y,1"]) / "log.csv")
    found = find_log_columns(table, user="b", item="a")
    assert (found.user, found.item, found.time) == ("b", "a", "time")
    with pytest.raises(UserError, match=r"no column is called like a user; say which one it is by --user NAME\. Col"):
        find_log_columns(table)
    with pytest.raises(UserError, match=r"unknown column 'c'.*given by --item"):
        find_log_columns(table, user="a", item="c")


@pytest.mark.parametrize("module", [naming, kinds, writing])
def test_examples(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]
