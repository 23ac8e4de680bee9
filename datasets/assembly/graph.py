"""From a description to a `GraphDataset`: read or generate, check, put together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch_geometric.data import HeteroData

from datasets.assembly.digest import digest
from datasets.assembly.features import file_features, learnt_features, table_features
from datasets.assembly.labels import labels_of
from datasets.assembly.population import GraphTables, Population, edge_positions, read_tables
from datasets.assembly.splits import splits_of
from datasets.description import CountedNodes, FileGraph, GeneratedGraph, TableNodes
from datasets.download import file_digest
from datasets.generators import generate_graph
from datasets.graph import GraphDataset, MetaPath
from datasets.metapath.parsing import parse_meta_path
from datasets.metapath.suggestion import suggest_meta_paths


def graph_from_files(
    name: str, description: FileGraph, folder: Path, tables: GraphTables | None = None
) -> GraphDataset:
    """Return the data set whose files (verified where they have a checksum) lie in `folder`.

    `tables` are those of the description, where they have been read already.
    """
    tables = tables or read_tables(description, folder)
    people, graph = tables.people, HeteroData()
    for node_type, nodes in people.items():
        graph[node_type].num_nodes = nodes.count
    for relation, pairs in edge_positions(description, folder, tables).items():
        edges = description.relations[relation]
        graph[edges.source, relation, edges.target].edge_index = torch.from_numpy(pairs)
    checksum = _checksum(description, folder)
    _add_features(graph, description, folder, people, checksum)
    targets = people[description.target]
    labels, classes = labels_of(description, targets, folder)
    return GraphDataset(
        name=name,
        graph=graph,
        target=description.target,
        meta_paths=_meta_paths(graph, description),
        labels=labels,
        splits=splits_of(description, targets, folder, labels, classes),
        node_ids=np.arange(targets.count) if targets.names is None else np.array(targets.names.to_pylist(), np.str_),
        checksum=checksum,
        class_names=classes,
    )


def generated_graph(name: str, description: GeneratedGraph) -> GraphDataset:
    """Return the data set that the description's generator makes."""
    made = generate_graph(description.generator, description.parameters)
    return GraphDataset(
        name=name,
        graph=made.graph,
        target=description.target,
        meta_paths=_meta_paths(made.graph, description),
        labels=made.labels,
        splits=made.splits,
        node_ids=np.arange(made.graph[description.target].num_nodes),
        checksum=digest([description.generator, made.recipe]),
    )


def _checksum(description: FileGraph, folder: Path) -> str:
    files = [(file, description.files.get(file) or file_digest(folder / file)) for file in description.used_files()]
    parts = {"nodes", "relations"} | ({"labels", "splits"} if description.reads_tables() else set())
    return digest([files, description.model_dump(include=parts)])


def _add_features(
    graph: HeteroData, description: FileGraph, folder: Path, people: Mapping[str, Population], checksum: str
) -> None:
    for name, node in description.nodes.items():
        if isinstance(node, TableNodes):
            made = table_features(name, node, people[name])
            if made is not None:
                graph[name].x = made
        elif isinstance(node, CountedNodes) and node.features is not None:
            if node.features.file is not None:
                graph[name].x = file_features(node.features, node.count, folder)
                continue
            paths = _parse_all(graph, description.target, node.features.metapath2vec or {})
            graph[name].x = learnt_features(node.features, graph, name, paths, checksum, description.walks)


def _meta_paths(graph: HeteroData, description: FileGraph | GeneratedGraph) -> tuple[MetaPath, ...]:
    paths = description.meta_paths
    if not paths:
        relations = {relation: (source, end) for source, relation, end in graph.edge_types}
        paths = suggest_meta_paths(description.target, relations, description.suggest or 0)
    return _parse_all(graph, description.target, paths, description.contexts)


def _parse_all(
    graph: HeteroData,
    target: str,
    paths: Mapping[str, Sequence[str]],
    contexts: Mapping[str, Sequence[int]] | None = None,
) -> tuple[MetaPath, ...]:
    relations = {relation: (source, end) for source, relation, end in graph.edge_types}
    return tuple(
        parse_meta_path(
            name,
            tokens,
            target=target,
            types=graph.node_types,
            relations=relations,
            contexts=(contexts or {}).get(name),
        )
        for name, tokens in paths.items()
    )
