import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric.data import HeteroData

from core.errors import UserError
from datasets import GraphDataset, MetaPath, Step, load
from datasets.interop.dgl import dgl_meta_path, from_dgl, import_dgl, to_dgl
from datasets.metapath import count_matrix

needs_dgl = pytest.mark.skipif(importlib.util.find_spec("dgl") is None, reason="needs DGL: pip install -e '.[dgl]'")

PAP = MetaPath("PAP", (Step("paper", "by", "author", False), Step("author", "by", "paper", True)), (1,))
PAPCP = MetaPath(
    "PAPCP",
    (*PAP.steps, Step("paper", "at", "venue", True), Step("venue", "at", "paper", False)),
    (),
)
PPAP = MetaPath("PPAP", (Step("paper", "cites", "paper", True), *PAP.steps), ())


def random_graph(seed: int, papers: int, authors: int, venues: int, edges: int) -> HeteroData:
    """A graph whose relations stand either way, with repeated edges, one relation within a type, and attributes."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int, below: int) -> torch.Tensor:
        return torch.randint(0, below, shape, generator=generator)

    graph = HeteroData()
    for name, count in (("paper", papers), ("author", authors), ("venue", venues), ("lonely", 3)):
        graph[name].num_nodes = count
    graph["paper"].x = torch.randn(papers, 4, generator=generator)
    graph["paper"].train_mask = draw(papers, below=2).bool()
    graph["author"].x = torch.eye(authors).to_sparse()
    for source, relation, target in (("author", "by", "paper"), ("paper", "at", "venue"), ("paper", "cites", "paper")):
        ends = (int(graph[source].num_nodes), int(graph[target].num_nodes))
        store = graph[source, relation, target]
        store.edge_index = torch.stack([draw(edges, below=ends[0]), draw(edges, below=ends[1])])
        store.weight = torch.rand(edges, generator=generator)
        store.edge_attr = torch.randn(edges, 2, generator=generator)
    return graph


graphs = {
    "seed": st.integers(0, 9999),
    "papers": st.integers(1, 12),
    "authors": st.integers(1, 8),
    "venues": st.integers(1, 4),
    "edges": st.integers(0, 30),
}


@needs_dgl
@settings(max_examples=25, deadline=None)
@given(**graphs)
def test_there_and_back_changes_nothing(**sizes: int) -> None:
    graph = random_graph(**sizes)
    converted = to_dgl(graph)
    assert set(converted.ntypes) == set(graph.node_types)
    assert set(converted.canonical_etypes) == set(graph.edge_types)
    back = from_dgl(converted)
    assert set(back.node_types) == set(graph.node_types)
    assert set(back.edge_types) == set(graph.edge_types)
    for node_type in graph.node_types:
        assert back[node_type].num_nodes == graph[node_type].num_nodes
    assert torch.equal(back["paper"].x, graph["paper"].x)
    assert torch.equal(back["paper"].train_mask, graph["paper"].train_mask)
    assert torch.equal(back["author"].x, graph["author"].x.to_dense())
    for key in graph.edge_types:
        for name in ("edge_index", "weight", "edge_attr"):
            assert torch.equal(back[key][name], graph[key][name])
            assert back[key][name].dtype == graph[key][name].dtype


@needs_dgl
def test_the_built_in_graph_goes_there_and_back() -> None:
    graph = load("planted-graph").graph  # type: ignore[union-attr]
    converted = to_dgl(graph)
    assert converted.num_nodes("item") == 900
    back = from_dgl(converted)
    assert torch.equal(back["item"].x, graph["item"].x.to_dense())
    assert all(torch.equal(back[key].edge_index, graph[key].edge_index) for key in graph.edge_types)


@needs_dgl
def test_the_other_way_round_has_the_same_edges_and_attributes() -> None:
    graph = random_graph(0, 9, 5, 3, 20)
    converted = to_dgl(graph, reverse=True)
    assert len(converted.canonical_etypes) == 6
    for source, relation, target in graph.edge_types:
        forward, back = (source, relation, target), (target, f"rev_{relation}", source)
        starts, ends = converted.edges(etype=forward, order="eid")
        assert [part.tolist() for part in converted.edges(etype=back, order="eid")] == [ends.tolist(), starts.tolist()]
        assert torch.equal(converted.edges[back].data["weight"], converted.edges[forward].data["weight"])


@needs_dgl
def test_graphs_that_one_of_the_two_cannot_hold_are_refused() -> None:
    graph = HeteroData()
    graph["paper"].num_nodes = 2
    with pytest.raises(UserError, match="no relation"):
        to_dgl(graph)
    graph["paper", "cites", "paper"].edge_index = torch.tensor([[0], [1]])
    graph["paper", "rev_cites", "paper"].edge_index = torch.tensor([[0], [0]])  # as PyG's ToUndirected calls them
    assert to_dgl(graph).num_edges("rev_cites") == 1
    with pytest.raises(UserError, match=r"'rev_cites', 'paper'\) already.*reverse=False"):
        to_dgl(graph, reverse=True)
    own = import_dgl().graph(([0], [1]))
    own.edata["edge_index"] = torch.tensor([7])
    with pytest.raises(UserError, match="data called 'edge_index'"):
        from_dgl(own)


@needs_dgl
def test_types_without_nodes_or_edges_go_along() -> None:
    graph = HeteroData()
    graph["paper"].x = torch.ones(2, 3)
    graph["venue"].x = torch.ones(0, 4)
    graph["paper", "at", "venue"].edge_index = torch.zeros(2, 0, dtype=torch.int64)
    graph["paper", "at", "venue"].year = torch.zeros(0)
    back = from_dgl(to_dgl(graph))
    assert (back["venue"].num_nodes, back["venue"].x.shape) == (0, (0, 4))
    assert back["paper", "at", "venue"].edge_index.shape == (2, 0)
    assert back["paper", "at", "venue"].year.shape == (0,)


@needs_dgl
def test_dgls_own_graphs_are_read() -> None:
    plain = import_dgl().graph(([0, 2, 2], [1, 0, 2]), num_nodes=4).int()
    plain.edata["w"] = torch.tensor([1.0, 2.0, 3.0])
    graph = from_dgl(plain)
    (key,) = graph.edge_types
    assert graph[key].edge_index.dtype == torch.int64
    assert graph[key].edge_index.tolist() == [[0, 2, 2], [1, 0, 2]]
    assert graph[key].w.tolist() == [1, 2, 3]
    assert graph[graph.node_types[0]].num_nodes == 4


def pairs(matrix: sp.spmatrix) -> list[tuple[int, int]]:
    return sorted(zip(*(part.tolist() for part in matrix.nonzero()), strict=True))


def reachable_in_dgl(converted: Any, path: MetaPath) -> list[tuple[int, int]]:
    found = import_dgl().metapath_reachable_graph(converted, dgl_meta_path(path))
    return sorted(zip(*(part.tolist() for part in found.edges()), strict=True))


@needs_dgl
@settings(max_examples=40, deadline=None)
@given(path=st.sampled_from([PAP, PAPCP, PPAP]), **graphs)
def test_reachability_is_dgls(path: MetaPath, **sizes: int) -> None:
    graph = random_graph(**{**sizes, "edges": max(1, sizes["edges"])})
    assert reachable_in_dgl(to_dgl(graph, reverse=True), path) == pairs(count_matrix(graph, path.steps))


def check_all_paths(dataset: GraphDataset) -> None:
    converted = to_dgl(dataset.graph, reverse=True)
    for path in dataset.meta_paths:
        starts, ends = import_dgl().metapath_reachable_graph(converted, dgl_meta_path(path)).edges()
        ours = count_matrix(dataset.graph, path.steps).tocoo()
        width = ours.shape[1]
        np.testing.assert_array_equal(
            np.sort((starts * width + ends).numpy()), np.sort(ours.row.astype(np.int64) * width + ours.col)
        )
        assert ours.nnz


@needs_dgl
def test_reachability_along_the_built_in_graphs_meta_paths_is_dgls() -> None:
    check_all_paths(load("planted-graph"))  # type: ignore[arg-type]


@needs_dgl
@pytest.mark.parametrize("name", ["acm", "imdb"])
def test_reachability_along_public_graphs_meta_paths_is_dgls(data_root: Path, name: str) -> None:
    check_all_paths(load(name, data_root))  # type: ignore[arg-type]


def test_missing_dgl_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dgl", None)
    with pytest.raises(UserError, match=r"DGL is not installed.*pip install -e '\.\[dgl\]'"):
        to_dgl(load("planted-graph").graph)  # type: ignore[union-attr]


def test_a_dgl_that_does_not_fit_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "dgl.py").write_text("raise FileNotFoundError('Cannot find DGL C++ graphbolt library')")
    monkeypatch.delitem(sys.modules, "dgl", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match=r"cannot be imported \(Cannot find DGL.*pip install -e '\.\[dgl\]'"):
        to_dgl(load("planted-graph").graph)  # type: ignore[union-attr]
    monkeypatch.delitem(sys.modules, "dgl", raising=False)
