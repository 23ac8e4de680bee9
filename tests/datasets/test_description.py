from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from core.errors import UserError
from datasets.description import FileGraph, check_description, read_description

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
        (["nodes", "paper", "cuont"], 3, "nodes.paper.cuont: unknown key"),
        (["nodes", "paper", "count"], 0, "nodes.paper.count"),
        (["nodes", "paper", "features", "normalise"], "max", "nodes.paper.features.normalise"),
        (["nodes", "paper", "features"], {}, "nodes.paper.features: give either 'file' or 'metapath2vec'"),
        (["nodes", "writes"], {"count": 1}, "relations.writes bears the name of a node type"),
        (["relations", "writes", "target"], "autor", "relations.writes joins 'autor'"),
        (["target"], "venue", "target 'venue'"),
        (["files"], {}, "has no checksum"),
        (["files", "pa.txt"], "abc", "files.pa.txt"),
        (["kind"], "grahp", "kind"),
        (["meta_paths"], {}, "meta_paths"),
        (["contexts"], {"PVP": [1]}, "PVP"),
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


@pytest.mark.parametrize("text", ["a: [", "- 1", "", "!!python/object/apply:os.getcwd []"])
def test_what_is_no_mapping_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "toy.yaml").write_text(text)
    with pytest.raises(UserError, match=r"toy\.yaml"):
        read_description(tmp_path / "toy.yaml")
