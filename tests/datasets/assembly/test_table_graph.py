"""A graph whose nodes and edges are tables with ids of any kind."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

import datasets
from core.errors import UserError
from datasets import GraphDataset

FILES = {
    "people.csv": "name,age,city,class,part\n"
    "ann,30,Rome,x,train\nbob,,Paris,x,val\ncy,50,,x,test\ndora,20,Rome,y,train\neve,44,Oslo,y,valid\n"
    "fred,31,Rome,y,TEST\ngina,32,Rome,NA,\n",
    "buys.tsv": "who\twhat\thow\n"
    "bob\tb 1\tcash\nann\tb 2\tcard\nann\tb 1\tcash\nann\tb 1\tcard\n\tb 9\tcash\ncy\t\tcash\n",
    "goods.csv": "sku,maker\nb 1,m10\nb 2,m9\nb 3,\n",
}
DESCRIPTION: dict[str, Any] = {
    "kind": "graph",
    "target": "person",
    "nodes": {
        "person": {"table": "people.csv", "id": "name", "columns": {"age": "numeric", "city": "categorical"}},
        "good": {"table": "goods.csv", "id": "sku"},
        "maker": {"ids": "edges"},
    },
    "relations": {
        "buys": {
            "source": "person",
            "target": "good",
            "table": "buys.tsv",
            "source_column": "who",
            "target_column": "what",
        },
        "made-by": {
            "source": "good",
            "target": "maker",
            "table": "goods.csv",
            "source_column": "sku",
            "target_column": "maker",
        },
    },
    "suggest": 4,
    "labels": {"column": "class"},
    "splits": {"own": {"column": "part"}},
}


def change(*path: Any) -> dict[str, Any]:
    """Return the description with the last of `path` at the place that the others name; None removes it."""
    *keys, last, value = path
    changed = deepcopy(DESCRIPTION)
    section = changed
    for key in keys:
        section = section[key]
    section.pop(last, None)
    return changed if value is None else (section.update({last: value}) or changed)


def write(folder: Path, description: dict[str, Any] | None = None, **files: str) -> Path:
    for name, text in (FILES | {name.replace("_", "."): text for name, text in files.items()}).items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "graph.yaml").write_text(yaml.safe_dump(description or DESCRIPTION), encoding="utf-8")
    return folder / "graph.yaml"


def load(folder: Path, description: dict[str, Any] | None = None, **files: str) -> GraphDataset:
    found = datasets.load(str(write(folder, description, **files)))
    assert isinstance(found, GraphDataset)
    return found


def edges(dataset: GraphDataset, *key: str) -> list[list[int]]:
    return dataset.graph[key].edge_index.T.tolist()


def test_ids_become_positions_and_repeated_edges_one(tmp_path: Path) -> None:
    dataset = load(tmp_path)
    assert dataset.node_ids.tolist() == ["ann", "bob", "cy", "dora", "eve", "fred", "gina"]
    assert edges(dataset, "person", "buys", "good") == [[0, 0], [0, 1], [1, 0]]
    # Makers are known from the edges alone, shorter names first.
    assert edges(dataset, "good", "made-by", "maker") == [[0, 1], [1, 0]]
    assert [int(dataset.graph[name].num_nodes) for name in ("person", "good", "maker")] == [7, 3, 2]


def test_columns_become_features_and_types_without_have_none(tmp_path: Path) -> None:
    dataset = load(tmp_path)
    x = dataset.graph["person"].x.to_dense()
    ages = torch.tensor([30.0, 50, 20, 44, 31, 32])
    expected = (ages - ages.mean()) / ages.std(correction=0)
    torch.testing.assert_close(x[[0, 2, 3, 4, 5, 6], 0], expected)
    assert x[1].tolist()[:2] == [0, 1]
    assert x.shape == (7, 2 + 4)  # Rome, Paris, Oslo and no city
    assert (x[:, 2:].sum(dim=1) == 1).all()
    assert dataset.graph["good"].get("x") is None


def test_meta_paths_come_from_the_schema(tmp_path: Path) -> None:
    assert [path.name for path in load(tmp_path).meta_paths] == ["PGP", "PGMGP"]
    given = change("meta_paths", {"PGP": ["person", "good", "person"]})
    path = str(write(tmp_path, given))
    assert [one.name for one in datasets.load(path).meta_paths] == ["PGP"]
    found = datasets.load(path, overrides={"suggest": 4})
    assert [one.name for one in found.meta_paths] == ["PGP", "PGMGP"]


def test_labels_and_splits_of_columns(tmp_path: Path) -> None:
    dataset = load(tmp_path)
    assert dataset.class_names == ("x", "y")
    assert dataset.labels is not None
    assert dataset.labels.tolist() == [0, 0, 0, 1, 1, 1, -1]
    split = dataset.splits["own"]
    assert [part.tolist() for part in (split.train, split.valid, split.test)] == [[0, 3], [1, 4], [2, 5]]


def test_labels_of_a_table_apart(tmp_path: Path) -> None:
    description = change("labels", {"table": "labels.csv", "id": "who", "column": "l"})
    text = "l,who\n10,bob\n2,ann\n,cy\n2,nobody\n"
    dataset = load(tmp_path, description | {"splits": {}}, labels_csv=text)
    assert dataset.labels is not None
    assert (dataset.class_names, dataset.labels.tolist()) == (("2", "10"), [0, 1, -1, -1, -1, -1, -1])


@pytest.mark.parametrize("size", [{"per_class": 20}, {"share": 0.25}])
def test_drawn_splits_have_every_class_in_every_part(size: dict[str, float], tmp_path: Path) -> None:
    rows = [f"n{number},{number % 3}" for number in range(120)] + ["lonely,"]
    description = change("splits", {"20": size, "other": size | {"seed": 1}})
    description["nodes"]["person"]["columns"] = {}
    dataset = load(tmp_path, description, people_csv="\n".join(["name,class", *rows]), buys_tsv="who\twhat\nn1\tb 1\n")
    split, labels = dataset.splits["20"], dataset.labels
    assert labels is not None
    parts = [split.train, split.valid, split.test]
    assert sorted(torch.cat(parts).tolist()) == list(range(120))
    trained = 20 if "per_class" in size else 10
    assert [torch.bincount(labels[part]).tolist() for part in parts] == [
        [trained] * 3,
        [(40 - trained) // 2] * 3,
        [(40 - trained) // 2] * 3,
    ]
    assert dataset.splits["other"].train.tolist() != split.train.tolist()
    again = datasets.load(str(tmp_path / "graph.yaml"))
    assert again.splits["20"].train.tolist() == split.train.tolist()


def test_unlisted_ids_are_refused_dropped_or_added(tmp_path: Path) -> None:
    strange = FILES["buys.tsv"] + "bob\tb 7\tcash\nann\tb 3\tcash\n"
    with pytest.raises(UserError) as raised:
        load(tmp_path, buys_tsv=strange)
    assert "buys.tsv, line 8: goods.csv lists no good 'b 7'; did you mean b 3" in str(raised.value)
    assert "nodes.good.unlisted" in str(raised.value)
    dropped = load(tmp_path, change("nodes", "good", "unlisted", "drop"), buys_tsv=strange)
    assert edges(dropped, "person", "buys", "good") == [[0, 0], [0, 1], [0, 2], [1, 0]]
    added = change("nodes", "good", "unlisted", "add")
    added["nodes"]["good"]["columns"] = {"sku": "text"}
    with pytest.raises(UserError, match="column 'sku' is the id"):
        load(tmp_path, added, buys_tsv=strange)
    added["nodes"]["good"]["columns"] = {"maker": "categorical"}
    dataset = load(tmp_path, added, buys_tsv=strange)
    assert edges(dataset, "person", "buys", "good") == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 3]]
    x = dataset.graph["good"].x.to_dense()
    assert x[3].tolist() == x[2].tolist()  # as one whose maker is not known


def test_several_relations_of_one_table(tmp_path: Path) -> None:
    description = change("relations", "buys", "where", {"how": "cash"})
    description["relations"]["charges"] = description["relations"]["buys"] | {"where": {"how": "card"}}
    dataset = load(tmp_path, description)
    assert edges(dataset, "person", "buys", "good") == [[0, 0], [1, 0]]
    assert edges(dataset, "person", "charges", "good") == [[0, 0], [0, 1]]


def test_counted_nodes_may_be_named_by_tables(tmp_path: Path) -> None:
    description = change("nodes", "maker", {"count": 11})
    dataset = load(tmp_path, description, goods_csv="sku,maker\nb 1,10\nb 2,9\nb 9,0\n")
    assert edges(dataset, "good", "made-by", "maker") == [[0, 10], [1, 9], [2, 0]]
    with pytest.raises(UserError, match=r"goods\.csv, line 2: maker '11' is not from 0 to 10"):
        load(tmp_path, description, goods_csv="sku,maker\nb 1,11\nb 2,9\n")


def test_the_checksum_follows_tables_and_what_is_taken_of_them(tmp_path: Path) -> None:
    checksum = load(tmp_path).checksum
    assert load(tmp_path).checksum == checksum
    seen = {checksum, load(tmp_path, goods_csv=FILES["goods.csv"] + "b 4,\n").checksum}
    seen.add(load(tmp_path, change("nodes", "person", "columns", {"age": "categorical"})).checksum)
    seen.add(load(tmp_path, change("splits", {"a": {"share": 0.3}})).checksum)
    assert len(seen) == 4


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        (change("nodes", "person", "id", "nam"), "people.csv: unknown column 'nam'; did you mean name"),
        (
            change("nodes", "person", "columns", {"agee": "numeric"}),
            "did you mean age or name? Known: age, city, class",
        ),
        (change("nodes", "person", "columns", {"city": "numeric"}), "people.csv, line 2: 'Rome' in column 'city'"),
        (change("nodes", "person", "columns", {"city": "number"}), "columns.city.kind: expected 'numeric', 'cat"),
        (change("nodes", "person", "tabel", "x.csv"), "nodes.person: unknown key 'tabel'; did you mean table?"),
        (change("nodes", "person", "table", "people.xlsx"), "nodes.person.table: 'people.xlsx' is none of .csv"),
        (change("nodes", "good", {"ids": "edge"}), "nodes.good.ids: expected 'edges', found 'edge'"),
        (change("nodes", "lost", {"ids": "edges"}), "nodes.lost takes its ids from edges, but is in no relation"),
        (change("relations", "buys", "target_column", "who"), "must be two columns"),
        (change("relations", "buys", "target_column", "sku"), "buys.tsv: unknown column 'sku'"),
        (change("relations", "buys", "source_column", "how"), "people.csv lists no person 'cash'"),
        (change("relations", "buys", "file", "x.txt"), "relations.buys: unknown key 'file'"),
        (change("relations", "buys", "where", {"how": True}), "relations.buys.where.how: expected a text (in quotes"),
        (change("suggest", None), "give meta_paths, or 'suggest: 4'"),
        (change("suggest", 1), "no relation leads from person to another type and back within 1 steps"),
        (change("labels", {"column": "clas"}), "did you mean class"),
        (change("labels", {"column": "class", "table": "goods.csv"}), "needs both 'table' and 'id'"),
        (change("labels", {"column": "maker", "table": "goods.csv", "id": "sku"}), "holds no id of a target node"),
        (change("labels", None), "splits.own: needs labels"),
        (change("splits", {"a": {"per_class": 5}}), "splits.a: class 'x' has 3 nodes, too few to train on 5"),
        (change("splits", {"a": {"per_class": 5, "share": 0.5}}), "splits.a: give either 'per_class' or 'share'"),
        (change("splits", {"a": {"column": "city"}}), "people.csv, line 2: 'Rome' in column 'city' is none of train"),
    ],
)
def test_a_mistake_is_named_by_file_and_line_or_key(description: dict[str, Any], reason: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised:
        load(tmp_path, description)
    assert reason in str(raised.value)


def test_numbers_and_names_do_not_mix(tmp_path: Path) -> None:
    description = change("relations", "buys", {"source": "person", "target": "good", "file": "buys.txt"})
    with pytest.raises(UserError, match=r"relations\.buys\.file holds numbers, so nodes\.person needs a count"):
        load(tmp_path, description)
    aimed = change("target", "maker") | {"splits": {}}
    with pytest.raises(UserError, match="maker has no table; name a 'table'"):
        load(tmp_path, aimed)


def test_columns_that_never_meet_are_told(tmp_path: Path) -> None:
    description = change("nodes", "good", "unlisted", "drop")
    with pytest.raises(UserError, match=r"no row of relations\.buys joins a person and a good"):
        load(tmp_path, description, buys_tsv="who\twhat\nann\tother\n")


def test_a_folder_stands_for_its_only_description(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert datasets.describe(str(tmp_path)).name == str(path)
    assert datasets.load(str(tmp_path)).checksum == datasets.load(str(path)).checksum
    (tmp_path / "other.yml").write_text("kind: graph")
    with pytest.raises(UserError, match=r"several descriptions \(graph\.yaml, other\.yml\)"):
        datasets.load(str(tmp_path))
    (tmp_path / "other.yml").unlink()
    path.unlink()
    with pytest.raises(UserError, match=r"run\.py inspect"):
        datasets.load(str(tmp_path))
    with pytest.raises(UserError, match="no such file or folder"):
        datasets.load(str(tmp_path / "absent"))


def test_ids_are_an_array_that_needs_no_pickle(tmp_path: Path) -> None:
    np.savez(tmp_path / "ids.npz", ids=load(tmp_path).node_ids)
    with np.load(tmp_path / "ids.npz", allow_pickle=False) as stored:
        assert stored["ids"][0] == "ann"
