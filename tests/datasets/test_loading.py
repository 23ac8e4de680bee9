from pathlib import Path

import numpy as np
import pytest
import torch

import datasets
from core.errors import UserError

SIZES = {
    "acm": ("paper", {"paper": 4019, "author": 7167, "subject": 60}, 3),
    "dblp": ("author", {"author": 4057, "paper": 14328, "conference": 20, "term": 7723}, 4),
    "imdb": ("movie", {"movie": 4275, "actor": 5432, "director": 2083, "keyword": 7313}, 3),
}


@pytest.mark.parametrize("name", SIZES)
def test_public_graphs_are_as_described(name: str, data_root: Path) -> None:
    dataset = datasets.load(name, data_root)
    target, sizes, classes = SIZES[name]
    assert dataset.target == target
    assert {kind: dataset.graph[kind].num_nodes for kind in dataset.graph.node_types} == sizes
    assert dataset.num_classes == classes
    assert dataset.labels.shape == (sizes[target],)
    for key in dataset.graph.edge_types:
        edges = dataset.graph[key].edge_index
        codes = edges[0] * sizes[key[2]] + edges[1]
        assert edges.dtype == torch.int64
        assert (codes.diff() > 0).all()
    for labelled, split in dataset.splits.items():
        assert np.bincount(dataset.labels[split.train]).tolist() == [int(labelled)] * classes
        assert len(split.valid) == len(split.test) == 1000
    assert all(path.types[0] == path.types[-1] == target for path in dataset.meta_paths)


def test_features_are_row_normalised_unless_told_otherwise(data_root: Path) -> None:
    graph = datasets.load("dblp", data_root).graph
    for kind in ("author", "paper"):
        assert graph[kind].x.layout == torch.sparse_csr
        sums = graph[kind].x.to_dense().sum(dim=1)
        assert torch.allclose(sums[sums > 0], torch.ones(1), atol=1e-5)
    terms = np.load(data_root / "dblp" / "t_feat.npz")
    np.testing.assert_array_equal(graph["term"].x.numpy(), terms.astype(np.float32))
    assert "x" not in graph["conference"]


def test_isolated_movies_are_kept(data_root: Path) -> None:
    graph = datasets.load("imdb", data_root).graph
    directed = graph["movie", "movie-director", "director"].edge_index[0].unique()
    assert len(directed) == 4176


def test_unknown_names_get_the_closest() -> None:
    with pytest.raises(UserError, match="unknown dataset 'acn'; did you mean acm"):
        datasets.load("acn")


def test_catalogue_lists_everything(tmp_path: Path) -> None:
    entries = {entry.name: entry for entry in datasets.available()}
    graphs = {"acm", "aminer", "dblp", "imdb", "planted-graph"}
    assert {name for name, entry in entries.items() if entry.kind == "graph"} == graphs
    assert {name for name, entry in entries.items() if entry.kind == "sequence"} == set(entries) - graphs
    assert all(entry.title and entry.citation for entry in entries.values())
    assert datasets.is_on_disk("planted-graph", tmp_path)
    assert not datasets.is_on_disk("acm", tmp_path)


def test_files_on_disk_are_seen(data_root: Path) -> None:
    assert datasets.is_on_disk("acm", data_root)
    assert datasets.download("acm", data_root) == data_root / "acm"


def test_a_damaged_file_is_refused(data_root: Path, tmp_path: Path) -> None:
    (tmp_path / "acm").mkdir()
    for file in (data_root / "acm").iterdir():
        (tmp_path / "acm" / file.name).write_bytes(file.read_bytes())
    with (tmp_path / "acm" / "pa.txt").open("r+b") as stream:
        stream.truncate(1000)
    with pytest.raises(UserError, match=r"pa\.txt: truncated or altered"):
        datasets.load("acm", tmp_path)


def test_root_is_the_argument_then_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTRAST_DATA", str(tmp_path / "named"))
    assert datasets.resolve_root(tmp_path) == tmp_path
    assert datasets.resolve_root(None) == tmp_path / "named"
    monkeypatch.delenv("CONTRAST_DATA")
    assert datasets.resolve_root(None).name == "contrast"


def test_overrides_change_what_they_name() -> None:
    plain = datasets.load("planted-graph")
    larger = datasets.load("planted-graph", overrides={"target_nodes": 1200})
    assert larger.num_targets == 1200
    assert larger.checksum != plain.checksum
    paths = {"meta_paths": {"only": ["item", "topic", "item"]}, "contexts": {"only": []}}
    rerouted = datasets.load("planted-graph", overrides=paths)
    assert [(path.name, path.contexts) for path in rerouted.meta_paths] == [("only", ())]
    assert rerouted.checksum == plain.checksum


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        ({"target_node": 1200}, "did you mean target_nodes"),
        ({"target_nodes": "many"}, "target_nodes"),
        ({"noise": 1.5}, "noise"),
        ({"target_nodes": 300}, "at least 360"),
        ({"meta_paths": {"X": ["item", "autor", "item"]}}, "did you mean author"),
        ({"meta_paths": {"X": ["author", "item", "author"]}}, "start and end at the target"),
        ({"meta_paths": {}}, "meta_paths"),
        ({"meta_paths": ["item"]}, "meta_paths"),
        ({"contexts": {"XYZ": [1]}}, "no meta-path: XYZ"),
    ],
)
def test_bad_overrides_are_named(overrides: dict, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        datasets.load("planted-graph", overrides=overrides)


def test_types_without_features_learn_them_from_walks(data_root: Path) -> None:
    quick = {"dimension": 8, "walk_length": 4, "context_size": 3, "epochs": 1, "batch": 2048}
    dataset = datasets.load("aminer", data_root, {"walks": quick})
    graph = dataset.graph
    shapes = {kind: tuple(graph[kind].x.shape) for kind in graph.node_types}
    assert shapes == {"paper": (6564, 16), "author": (13329, 8), "reference": (35890, 8)}
    assert all(torch.isfinite(graph[kind].x).all() for kind in graph.node_types)
    with pytest.raises(UserError, match="walks: unknown key 'epoch'; did you mean epochs"):
        datasets.load("aminer", data_root, {"walks": {"epoch": 1}})
