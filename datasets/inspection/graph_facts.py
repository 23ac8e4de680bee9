"""What a loaded graph looks like: sizes, degrees, densities, features, labels, splits; and what looks wrong."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from datasets.graph import GraphDataset
from datasets.inspection.findings import FactTable, counted, percent, plural

_FEW_IN_CLASS = 3


def node_facts(dataset: GraphDataset) -> FactTable:
    """Return the node types: how many nodes, how many without an edge, and what features."""
    graph, rows = dataset.graph, []
    for name in graph.node_types:
        mark = f"{name} (target)" if name == dataset.target else name
        alone = int(is_isolated(graph, name).sum())
        rows.append((mark, counted(graph[name].num_nodes), counted(alone), _features(graph[name].get("x"))))
    return FactTable("Node types", ("type", "nodes", "isolated", "features"), rows, (1, 2))


def relation_facts(dataset: GraphDataset) -> FactTable:
    """Return the relations: edges, density, and mean and largest degree of either end."""
    graph, rows = dataset.graph, []
    for source, name, target in graph.edge_types:
        edges = graph[source, name, target].edge_index
        sizes = int(graph[source].num_nodes), int(graph[target].num_nodes)
        degrees = [torch.bincount(ends, minlength=size) for ends, size in zip(edges, sizes, strict=True)]
        density = edges.shape[1] / (sizes[0] * sizes[1])
        per_node = [f"{edges.shape[1] / size:.1f} / {int(degree.max())}" for degree, size in zip(degrees, sizes)]
        rows.append((name, source, target, counted(edges.shape[1]), percent(density), *per_node))
    columns = ("relation", "source", "target", "edges", "density", "per source (mean / most)", "per target")
    return FactTable("Relations", columns, rows, (3, 4, 5, 6))


def label_facts(dataset: GraphDataset) -> list[FactTable]:
    """Return the classes with their numbers of nodes, and the splits; nothing where there are no labels."""
    if dataset.labels is None:
        return []
    known = dataset.labels[dataset.labels >= 0]
    counts = torch.bincount(known, minlength=dataset.num_classes).tolist()
    names = dataset.class_names or tuple(str(number) for number in range(len(counts)))
    rows = [(name, counted(count), percent(count / len(known))) for name, count in zip(names, counts, strict=True)]
    tables = [FactTable("Classes", ("class", "nodes", "share"), rows, (1, 2))]
    if dataset.splits:
        sizes = [
            (name, *(counted(len(part)) for part in (split.train, split.valid, split.test)))
            for name, split in dataset.splits.items()
        ]
        tables.append(FactTable("Splits", ("split", "train", "valid", "test"), sizes, (1, 2, 3)))
    return tables


def graph_warnings(dataset: GraphDataset) -> Iterator[str]:
    """Yield what looks wrong with a graph, whatever it was read from."""
    graph = dataset.graph
    for name in graph.node_types:
        alone = is_isolated(graph, name)
        if alone.all():
            yield f"{name}: in no relation that has an edge"
        elif alone.any():
            first = f", such as {dataset.node_ids[int(alone.argmax())]}" if name == dataset.target else ""
            yield f"{name}: {plural(int(alone.sum()), 'isolated node')} of {counted(len(alone))}{first}"
        blank = _rows_without_features(graph[name].get("x"))
        if blank:
            yield f"{name}: {plural(blank, 'node')} without any feature"
    if dataset.labels is None:
        yield "no labels: a model trains and embeds all the same, but nothing is scored"
        return
    unknown = int((dataset.labels < 0).sum())
    if unknown:
        yield f"{dataset.target}: {plural(unknown, 'node')} of {counted(dataset.num_targets)} without a label"
    counts = torch.bincount(dataset.labels[dataset.labels >= 0])
    for number in torch.nonzero(counts < _FEW_IN_CLASS).flatten().tolist():
        name = dataset.class_names[number] if dataset.class_names else number
        yield f"class {name}: {plural(int(counts[number]), 'node')}, too few to train and test on"
    if not dataset.splits:
        yield "labels, but no splits: only clustering is scored"


def is_isolated(graph: HeteroData, name: str) -> np.ndarray:
    """Return which nodes of a type (N,) have no edge at all."""
    alone = np.ones(int(graph[name].num_nodes), dtype=bool)
    for source, relation, target in graph.edge_types:
        edges = graph[source, relation, target].edge_index.numpy()
        for end, nodes in ((source, edges[0]), (target, edges[1])):
            if end == name:
                alone[nodes] = False
    return alone


def _features(x: Tensor | None) -> str:
    if x is None:
        return "none: an embedding is learnt"
    if x.layout == torch.sparse_csr:
        return f"{x.shape[1]:,} sparse, {percent(len(x.values()) / max(x.numel(), 1))} filled"
    return f"{x.shape[1]:,} dense"


def _rows_without_features(x: Tensor | None) -> int:
    """Count empty rows of sparse features; in dense ones 0 is a number like others."""
    if x is None or x.layout != torch.sparse_csr:
        return 0
    return int((x.crow_indices().diff() == 0).sum())
