"""A stranger's tables, from files to embeddings and recommendations, with the commands of the README alone."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import yaml

import datasets
from tests.end_to_end.command import SMALL_SEQUENCES, measured, run, settings
from tests.end_to_end.refusal import check_refused
from tests.end_to_end.stranger import CUSTOMERS, LONELY, PRODUCTS, customer, write_log, write_shop

SMALL = settings(data__target_nodes=None, objective__clusters=None, trainer__epochs=15)


def printed(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a command and return what it prints, each run of blanks as one."""
    capsys.readouterr()
    assert run(*arguments) == 0
    return "\n".join(" ".join(line.split()) for line in capsys.readouterr().out.splitlines())


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_shop(tmp_path / "shop")


def test_a_graph_from_files_to_neighbors(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(shop.iterdir())
    said = printed(capsys, "inspect", shop)
    assert sorted(shop.iterdir()) == files
    for part in (
        "customers.csv nodes: customer customer_id has a value of its own in every row",
        "purchases.tsv edges: purchases (customer to product)",
        "README not used",
        "customer mail - 90 0 % nearly every row has a value of its own",
        "customer age numeric",
        "customer (target) 90 1",
        "CPC customer product customer",
        "customers.csv, country: the same value in every row (IT)",
        "purchases.tsv: 1 row without an id on one side",
        "that repeat an edge of purchases",
        "1 product id not in products.csv, such as sku 999",
        f"customer: 1 isolated node of 90, such as {LONELY}",
        "customer: 9 nodes of 90 without a label",
        "purchases.tsv: date not used; edges have no attributes",
        "purchases.tsv may also be read as an interaction log",
        f"python run.py inspect {shop} --output {shop / 'graph.yaml'}",
    ):
        assert part in said

    assert "wrote" in printed(capsys, "inspect", shop, "--output", shop / "graph.yaml")
    folder = tmp_path / "run"
    arguments = ["--dataset", shop / "graph.yaml", "--model", "adameow", "--device", "cpu", "--output", folder]
    assert run(*arguments, *SMALL) == 0
    assert measured(folder)["classification/half/micro_f1"] > 0.5
    with np.load(folder / "embeddings.npz", allow_pickle=False) as arrays:
        ids, vectors = arrays["ids"].tolist(), arrays["vectors"]
    assert ids == [customer(number) for number in range(CUSTOMERS)]
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors[ids.index(LONELY)]) > 0

    assert run("embed", folder, "--output", tmp_path / "again.npz", "--device", "cpu") == 0
    with np.load(tmp_path / "again.npz") as again:
        np.testing.assert_array_equal(again["vectors"], vectors)
        assert again["ids"].tolist() == ids
    near = printed(capsys, "neighbors", folder, "--node", customer(4), "--top", 5)
    assert near.count("C/") == 6  # the node itself in the heading
    assert run("neighbors", folder, "--node", "C/4") == 2
    assert "did you mean C/4 é" in capsys.readouterr().err


def test_what_is_written_can_be_edited_and_inspected(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = shop / "graph.yaml"
    assert run("inspect", shop, "--output", path) == 0
    text = path.read_text(encoding="utf-8")
    assert "# mail is left out: nearly every row has a value of its own" in text
    content = yaml.safe_load(text)
    assert content["nodes"]["product"] == {
        "table": "products.csv",
        "separator": ";",
        "id": "sku",
        "unlisted": "drop",
        "columns": {"price": "numeric"},
    }
    assert content["nodes"]["brand"] == {"ids": "edges"}
    assert content["labels"] == {"column": "label"}
    content["nodes"]["product"]["unlisted"] = "add"
    content["nodes"]["customer"]["columns"]["about"] = {"kind": "text", "most": 3}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    dataset = datasets.load(str(path))
    assert isinstance(dataset, datasets.GraphDataset)
    assert int(dataset.graph["product"].num_nodes) == PRODUCTS + 1
    said = printed(capsys, "inspect", path)
    assert "sku 999 (1 row); they become nodes without features" in said
    assert "customer about text" in said


def test_a_description_may_lie_elsewhere(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "mine" / "deep" / "graph.yaml"
    assert run("inspect", shop, "--output", place, "--target", "product") == 0
    dataset = datasets.load(str(place))
    assert isinstance(dataset, datasets.GraphDataset)
    assert (dataset.target, dataset.num_targets) == ("product", PRODUCTS)


def test_the_commands_that_are_offered_can_be_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = write_shop(tmp_path / "my shop")
    assert run("--dataset", shop) == 2
    (offered,) = re.findall(r"python run\.py (inspect .*)", capsys.readouterr().err)
    said = printed(capsys, *shlex.split(offered))
    (offered,) = re.findall(r"python run\.py (--dataset .*) --model NAME", said)
    assert isinstance(datasets.load(shlex.split(offered)[1]), datasets.GraphDataset)


def test_nothing_is_overwritten(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "graph.yaml").write_text("mine")
    command = ["inspect", shop, "--output"]
    check_refused([*command, shop / "graph.yaml"], shop, capsys, "there is such a file, perhaps with your edits")
    check_refused([*command, shop], shop, capsys, "is a folder")
    check_refused([*command, shop / "graph.txt"], shop, capsys, "a description ends in .yaml")
    check_refused(["inspect", "acm", "--output", shop / "a.yaml"], shop, capsys, "acm is described already")
    assert (shop / "graph.yaml").read_text() == "mine"


def test_a_log_from_a_file_to_recommendations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = write_log(tmp_path / "log.csv")
    check_refused(["inspect", log], tmp_path, capsys, "no column is called like an item", "--item NAME", "article name")
    asked = ["inspect", log, "--item", "article name", "--time", "bought at"]
    said = printed(capsys, *asked, "--output", tmp_path / "log.yaml")
    for part in (
        "users 41",
        "items 6",
        "1 row without user in column buyer",
        "1 row without time in column bought at",
        "1 row without item in column article name",
        "the rows of 40 users are not in the order of bought at",
        "1 user of 41 below 3 items, such as carl",
        "the 5-core has",
    ):
        assert part in said
    folder = tmp_path / "run"
    small = settings({key: value for key, value in SMALL_SEQUENCES.items() if not key.startswith("data.")})
    arguments = ["--dataset", tmp_path / "log.yaml", "--model", "sasrec", "--device", "cpu", "--output", folder]
    assert run(*arguments, *small) == 0
    assert measured(folder)["test/users"] == 40
    for whom in (["--user", "carl"], ["--history", '"tea, 3","tea, 4"']):
        assert printed(capsys, "recommend", folder, *whom, "--top", 3, "--device", "cpu").count("tea, ") >= 3
    assert run("recommend", folder, "--user", "karl") == 2
    assert "did you mean carl" in capsys.readouterr().err


def test_gaps_in_a_log_are_refused_unless_said_otherwise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = write_log(tmp_path / "log.csv")
    columns = ["user=buyer", "item=article name", "time=bought at", "separator=;"]
    words = [word for column in columns for word in ("--set", f"data.{column}")]
    command = ["--dataset", log, "--model", "popularity", *words]
    check_refused([*command, "--output", tmp_path / "run"], tmp_path, capsys, "line 183", "data.missing to drop")
    assert run(*command, "--set", "data.missing=drop", "--output", tmp_path / "run") == 0


@pytest.mark.parametrize("name", ["planted-graph", "planted-sequences"])
def test_data_sets_of_the_catalogue(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(capsys, "inspect", name)
    assert ("Meta-paths" if name == "planted-graph" else "items a user") in said


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["acn"], ["did you mean acm"]),
        (["absent/folder"], ["absent/folder: no such file or folder"]),
        ([str(Path(__file__))], ["of none of these kinds: .yaml, .yml, .txt, .csv", "save it as one"]),
        (["absent.csv"], ["absent.csv: no such file"]),
        (["planted-graph", "--user", "x"], ["--user", "is a graph"]),
        (["planted-sequences", "--steps", "2"], ["--steps", "is an interaction log"]),
        (["planted-graph", "--target", "author"], ["--target", "described already"]),
    ],
)
def test_mistakes(arguments: list[str], parts: list[str], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_refused(["inspect", *arguments], here, capsys, *parts)


def test_a_broken_table_is_named_by_line(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inspect", shop, "--output", shop / "graph.yaml") == 0
    with (shop / "customers.csv").open("a", encoding="utf-8") as file:
        file.write(f"{customer(3)},1,,,,,\n")
    command = ["--dataset", shop / "graph.yaml", "--model", "adameow", "--output", shop / "run"]
    check_refused(command, shop, capsys, f"customers.csv, line {CUSTOMERS + 2}", "stands also on line 5")
