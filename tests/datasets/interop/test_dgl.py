import importlib.util
import sys

import pytest
import torch

from core.errors import UserError
from datasets import load
from datasets.interop.dgl import from_dgl, to_dgl

INSTALLED = importlib.util.find_spec("dgl") is not None


@pytest.mark.skipif(not INSTALLED, reason="needs DGL: pip install '.[dgl]'")
def test_there_and_back_changes_nothing() -> None:
    graph = load("planted-graph").graph
    graph["item", "item-topic", "topic"].weight = torch.rand(graph["item", "item-topic", "topic"].num_edges)
    converted = to_dgl(graph)
    assert converted.num_nodes("item") == 900
    assert set(converted.canonical_etypes) == set(graph.edge_types)
    back = from_dgl(converted)
    assert set(back.node_types) == set(graph.node_types)
    for node_type in graph.node_types:
        assert back[node_type].num_nodes == graph[node_type].num_nodes
    assert torch.equal(back["item"].x, graph["item"].x.to_dense())
    for key in graph.edge_types:
        assert torch.equal(back[key].edge_index, graph[key].edge_index)
    assert torch.equal(back["item", "item-topic", "topic"].weight, graph["item", "item-topic", "topic"].weight)


def test_missing_dgl_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dgl", None)
    with pytest.raises(UserError, match=r"pip install 'contrast\[dgl\]'"):
        to_dgl(load("planted-graph").graph)
