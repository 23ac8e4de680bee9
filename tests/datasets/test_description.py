from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from core.errors import UserError
from datasets.description import FileGraph, FileSequences, check_description, read_description

GOOD = {
    "title": "Toy",
    "kind": "graph",
    "citation": "None",
    "home": "https://example.org/toy/",
    "target": "paper",
    "nodes": {"paper": {"count": 3, "features": {"file": "p.npz"}}, "author": {"count": 2}},
    "relations": {"writes": {"source": "paper", "target": "author", "file": "pa.txt"}},
    "splits": {20: {"train": "a.npy", "valid": "b.npy", "test": "c.npy"}},
    "meta_paths": {"PAP": ["paper", "author", "paper"]},
    "files": dict.fromkeys(("p.npz", "pa.txt", "a.npy", "b.npy", "c.npy"), "0" * 64),
}


def test_a_good_description_reads(tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text(yaml.safe_dump(GOOD))
    description = read_description(tmp_path / "toy.yaml")
    assert isinstance(description, FileGraph)
    assert description.used_files() == sorted(GOOD["files"])
    assert list(description.splits) == ["20"]


@pytest.mark.parametrize(
    ("keys", "value", "reason"),
    [
        (["nodes", "paper", "cuont"], 3, "nodes.paper: unknown key 'cuont'; did you mean count? Known: count"),
        (["nodes", "paper", "count"], 0, "nodes.paper.count"),
        (["nodes", "paper", "features", "normalise"], "max", "nodes.paper.features.normalise"),
        (["nodes", "paper", "features"], {}, "nodes.paper.features: give either 'file' or 'metapath2vec'"),
        (["nodes", "writes"], {"count": 1}, "relations.writes bears the name of a node type"),
        (["relations", "writes", "target"], "autor", "relations.writes: unknown node type 'autor'; did you mean"),
        (["target"], "venue", "target: unknown node type 'venue'. Known: author, paper"),
        (["files"], {}, "has no checksum"),
        (["files", "pa.txt"], "abc", "files.pa.txt"),
        (["kind"], "grahp", "kind"),
        (["meta_paths"], {}, "meta_paths"),
        (["contexts"], {"PVP": [1]}, "PVP"),
        (["meta_paths", "PAP"], "paper", "meta_paths.PAP: expected a list, found 'paper'"),
        (["nodes", "paper"], {}, "nodes.paper.count: missing"),
        (["nodes", 7], {"count": 1}, "nodes.7: expected a text (in quotes where it looks like something else)"),
        (["nodes", "paper"], None, "nodes.paper: expected keys and values, found nothing"),
        (["nodes", "paper"], {"tabel": "p.csv", "id": "id"}, "nodes.paper: unknown key 'tabel'; did you mean table?"),
        (["nodes", "paper"], {"table": "p.csv", "id": "id", "unlisted": "keep"}, "'drop' or 'add', found 'keep'"),
        (["relations", "writes"], {"source": "paper", "target": "author", "fiel": "a"}, "did you mean file?"),
        (["labels"], {"colunm": "class"}, "labels: unknown key 'colunm'; did you mean column?"),
        (["labels"], "class", "labels: expected keys and values, found 'class'"),
        (["splits"], {20: {"per_clas": 20}}, "splits.20: unknown key 'per_clas'; did you mean per_class?"),
        (["targett"], "paper", "unknown key 'targett'; did you mean target?"),
    ],
)
def test_a_bad_key_is_named(keys: list[str], value: object, reason: str) -> None:
    content = deepcopy(GOOD)
    section = content
    for key in keys[:-1]:
        section = section[key]
    section[keys[-1]] = value
    with pytest.raises(UserError) as raised:
        check_description(content, "toy.yaml")
    assert str(raised.value).startswith("toy.yaml: ")
    assert reason in str(raised.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", r", line 1: expected the node content"),
        ("- 1", ": expected keys and values, such as 'kind: graph'"),
        ("", ": expected keys and values"),
        ("!!python/object/apply:os.getcwd []", ", line 1: could not determine a constructor"),
        ("kind: graph\nnodes:\n  a: {count: 1}\n  a: {count: 2}\n", ", line 4: key 'a' is given twice"),
        ("kind: graph\n? [1, 2]\n: 3\n", ", line 2: "),
        ("kind: graph\n\ttitle: x\n", r", line 2: found character '\t'"),
    ],
)
def test_what_is_no_description_names_file_and_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "toy.yaml").write_text(text)
    with pytest.raises(UserError) as raised:
        read_description(tmp_path / "toy.yaml")
    assert str(raised.value).startswith(f"{tmp_path / 'toy.yaml'}{reason}")


LOG = {
    "kind": "sequence",
    "home": "https://example.org/log/",
    "folder": "logs",
    "file": "log.csv",
    "table": {"user": "u", "item": "i", "time": None, "min_interactions": 5, "duplicates": "drop"},
    "files": {"log.csv": "0" * 64},
}


def test_a_good_description_of_a_log_reads() -> None:
    description = check_description(LOG, "log.yaml")
    assert isinstance(description, FileSequences)
    assert description.used_files() == ["log.csv"]
    assert description.table.time is None
    plain = check_description({"kind": "sequence", "file": "log.CSV"}, "log.yaml")
    assert isinstance(plain, FileSequences)
    assert plain.suffix == ".csv"
    assert (plain.table.user, plain.table.item, plain.table.time) == ("user_id", "item_id", "timestamp")
    assert plain.table.min_interactions == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": None}, "kind: missing; expected one of graph, sequence"),
        ({"kind": "sequences"}, "unknown kind 'sequences'; did you mean sequence"),
        ({"kind": ["sequence"]}, "unknown kind"),
        ({"kind": "graph"}, "unknown key 'folder'"),
        ({"file": "log.xlsx"}, "file 'log.xlsx' is none of .txt, .csv, .tsv, .inter, .parquet"),
        ({"files": {}}, "log.csv has no checksum under files"),
        ({"package": {"name": "p", "extra": "p", "folder": "f"}}, "give either 'home' or 'package'"),
        ({"table": {"user": "a", "item": "a"}}, "table: user, item and time must be three different columns"),
        ({"table": {"users": "a"}}, "table: unknown key 'users'; did you mean user"),
        ({"table": {"min_interactions": 0}}, "table.min_interactions"),
        ({"generator": "planted-sequences"}, "unknown key 'home'"),
    ],
)
def test_a_bad_key_of_a_log_is_named(change: dict, reason: str) -> None:
    with pytest.raises(UserError) as raised:
        check_description(LOG | change, "log.yaml")
    assert str(raised.value).startswith("log.yaml: ")
    assert reason in str(raised.value)
