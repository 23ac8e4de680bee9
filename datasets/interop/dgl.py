"""To and from DGL's heterographs, for code written against DGL. Needs the `dgl` extra."""

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from core.errors import UserError
from datasets.graph import MetaPath

EdgeType = tuple[str, str, str]

_ALIASED = "setuptools.extern.packaging"
_REVERSED = "rev_"


def import_dgl() -> Any:
    """Return the package `dgl`; raises UserError where it is missing, or was made for another torch."""
    # DGL 1.1 takes `packaging` from inside setuptools, where newer releases no longer carry it.
    if _ALIASED not in sys.modules:
        sys.modules[_ALIASED] = importlib.import_module("packaging")
    # Otherwise DGL writes its choice of a backend into the user's home.
    os.environ.setdefault("DGLBACKEND", "pytorch")
    remedy = "pip install -e '.[dgl]'"
    try:
        return importlib.import_module("dgl")
    except (ImportError, OSError, RuntimeError) as error:
        if isinstance(error, ImportError) and error.name == "dgl":
            raise UserError(f"DGL is not installed; bring it with: {remedy}") from error
        # Newer releases look for a library made for one release of torch.
        raise UserError(f"DGL cannot be imported ({error}); install a release that can: {remedy}") from error


def to_dgl(graph: HeteroData, *, reverse: bool = False) -> Any:
    """Return `graph` as a DGL heterograph on the CPU; nodes and edges keep their order.

    Node and edge attributes with one row a node or edge go along under their own names, sparse ones made
    dense: DGL keeps no others. With `reverse` every relation also stands the other way round, called
    `rev_<relation>`, with the same edges in the same order and the same attributes: DGL walks edges forward
    alone, so that its meta-paths need both. Raises UserError where DGL is missing, and for a graph that it cannot
    hold: without any relation, or, with `reverse`, with one that is called like another the other way round.
    """
    dgl = import_dgl()
    if not graph.edge_types:
        raise UserError("the graph has no relation, and DGL keeps no graphs without one")
    counts = {node_type: int(graph[node_type].num_nodes) for node_type in graph.node_types}
    edges: dict[EdgeType, tuple[Tensor, Tensor]] = {}
    rows: dict[EdgeType, dict[str, Tensor]] = {}
    for key in graph.edge_types:
        source, relation, target = key
        starts, ends = graph[key].edge_index.cpu()
        edges[key], rows[key] = (starts, ends), _rows(graph[key], len(starts))
        if reverse:
            back = (target, _REVERSED + relation, source)
            if back in graph.edge_types:
                raise UserError(
                    f"the graph has the relation {back} already, which is what {key} would be called the other way "
                    "round; take reverse=False, or rename it"
                )
            edges[back], rows[back] = (ends, starts), rows[key]
    converted = dgl.heterograph(edges, num_nodes_dict=counts)
    for node_type, count in counts.items():
        converted.nodes[node_type].data.update(_rows(graph[node_type], count))
    for key, values in rows.items():
        converted.edges[key].data.update(values)
    return converted


def from_dgl(converted: Any) -> HeteroData:
    """Return a DGL graph as `HeteroData`, its node and edge data included; nodes and edges keep their order.

    Raises UserError for data called `num_nodes` or `edge_index`, which mean something else there.
    """
    graph = HeteroData()
    for node_type in converted.ntypes:
        graph[node_type].num_nodes = converted.num_nodes(node_type)
        _take(graph[node_type], converted.nodes[node_type].data, "num_nodes")
    for key in converted.canonical_etypes:
        # PyG takes 64-bit node numbers alone; DGL has graphs with 32-bit ones, too.
        graph[key].edge_index = torch.stack(converted.edges(etype=key, order="eid")).long()
        _take(graph[key], converted.edges[key].data, "edge_index")
    return graph


def dgl_meta_path(path: MetaPath) -> list[EdgeType]:
    """Return the edge types that `path` takes, for `dgl.metapath_reachable_graph` on `to_dgl(graph, reverse=True)`."""
    return [
        (step.source, step.relation if step.forward else _REVERSED + step.relation, step.target) for step in path.steps
    ]


def _take(store: Any, data: Mapping[str, Tensor], reserved: str) -> None:
    if reserved in data:
        raise UserError(f"the DGL graph has data called {reserved!r}, which means something else in PyG; rename it")
    for name, value in data.items():
        store[name] = value


def _rows(store: Any, count: int) -> dict[str, Tensor]:
    return {
        name: value.to_dense().cpu()
        for name, value in store.items()
        if name != "edge_index" and isinstance(value, Tensor) and value.dim() and value.shape[0] == count
    }
