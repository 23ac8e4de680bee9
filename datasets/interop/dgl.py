"""To and from DGL's heterographs, for code written against DGL. Needs the `dgl` extra."""

import importlib
import sys
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from core.errors import UserError

_ALIASED = "setuptools.extern.packaging"


def to_dgl(graph: HeteroData) -> Any:
    """Return `graph` as a DGL heterograph on the CPU; edges keep their order.

    Node and edge attributes with one row a node or edge go along under their own names, sparse ones made
    dense: DGL keeps no others. Raises UserError where DGL is missing.
    """
    dgl = _import_dgl()
    counts = {node_type: int(graph[node_type].num_nodes) for node_type in graph.node_types}
    edges = {key: tuple(graph[key].edge_index) for key in graph.edge_types}
    converted = dgl.heterograph(edges, num_nodes_dict=counts)
    for node_type, count in counts.items():
        converted.nodes[node_type].data.update(_rows(graph[node_type], count))
    for key, (sources, _) in edges.items():
        converted.edges[key].data.update(_rows(graph[key], len(sources)))
    return converted


def from_dgl(converted: Any) -> HeteroData:
    """Return a DGL heterograph as `HeteroData`, its node and edge data included; edges keep their order."""
    graph = HeteroData()
    for node_type in converted.ntypes:
        graph[node_type].num_nodes = converted.num_nodes(node_type)
        for name, value in converted.nodes[node_type].data.items():
            graph[node_type][name] = value
    for key in converted.canonical_etypes:
        graph[key].edge_index = torch.stack(converted.edges(etype=key, order="eid"))
        for name, value in converted.edges[key].data.items():
            graph[key][name] = value
    return graph


def _rows(store: Any, count: int) -> dict[str, Tensor]:
    return {
        name: value.to_dense()
        for name, value in store.items()
        if name != "edge_index" and isinstance(value, Tensor) and value.dim() and value.shape[0] == count
    }


def _import_dgl() -> Any:
    # DGL 1.1 takes `packaging` from inside setuptools, where newer releases no longer carry it.
    if _ALIASED not in sys.modules:
        sys.modules[_ALIASED] = importlib.import_module("packaging")
    try:
        return importlib.import_module("dgl")
    except ImportError as error:
        raise UserError(f"DGL cannot be imported ({error}); install it with: pip install 'contrast[dgl]'") from error
