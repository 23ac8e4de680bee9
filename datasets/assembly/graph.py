"""From a description to a `GraphDataset`: read or generate, check, put together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from core.errors import UserError
from datasets.assembly.digest import digest
from datasets.description import Features, FileGraph, GeneratedGraph, Walks
from datasets.download import file_digest
from datasets.features import row_normalised, row_normalised_dense, sparse_tensor
from datasets.generators import generate_graph
from datasets.graph import GraphDataset, MetaPath, Split
from datasets.metapath.parsing import parse_meta_path
from datasets.metapath2vec import path_embeddings
from datasets.readers import read_dense, read_edges, read_indices, read_labels, read_sparse


def graph_from_files(name: str, description: FileGraph, folder: Path) -> GraphDataset:
    """Return the data set whose files (verified where they have a checksum) lie in `folder`."""
    graph = HeteroData()
    for node_type, node in description.nodes.items():
        graph[node_type].num_nodes = node.count
    for relation, edges in description.relations.items():
        sizes = description.nodes[edges.source].count, description.nodes[edges.target].count
        pairs = read_edges(folder / edges.file, *sizes)
        graph[edges.source, relation, edges.target].edge_index = torch.from_numpy(pairs)
    files = [(file, description.files.get(file) or file_digest(folder / file)) for file in description.used_files()]
    checksum = digest([files, description.model_dump(include={"nodes", "relations"})])
    for node_type, node in description.nodes.items():
        if node.features is not None:
            graph[node_type].x = _features(graph, node_type, node.features, description, folder, checksum)
    count = description.nodes[description.target].count
    labels = _labels(description, folder)
    return GraphDataset(
        name=name,
        graph=graph,
        target=description.target,
        meta_paths=_parse_all(graph, description.target, description.meta_paths, description.contexts),
        labels=labels,
        splits=_splits(description, folder, labels),
        node_ids=np.arange(count),
        checksum=checksum,
    )


def generated_graph(name: str, description: GeneratedGraph) -> GraphDataset:
    """Return the data set that the description's generator makes."""
    made = generate_graph(description.generator, description.parameters)
    return GraphDataset(
        name=name,
        graph=made.graph,
        target=description.target,
        meta_paths=_parse_all(made.graph, description.target, description.meta_paths, description.contexts),
        labels=made.labels,
        splits=made.splits,
        node_ids=np.arange(made.graph[description.target].num_nodes),
        checksum=digest([description.generator, made.recipe]),
    )


def _features(
    graph: HeteroData, node_type: str, features: Features, description: FileGraph, folder: Path, checksum: str
) -> Tensor:
    by_row = features.normalise == "row"
    count = description.nodes[node_type].count
    if features.file is not None and features.format == "sparse":
        matrix = read_sparse(folder / features.file, count)
        return sparse_tensor(row_normalised(matrix) if by_row else matrix)
    if features.file is not None:
        dense = torch.from_numpy(read_dense(folder / features.file, count))
    else:
        paths = _parse_all(graph, description.target, features.metapath2vec or {})
        dense = _learnt_features(graph, node_type, paths, checksum, description.walks)
    return row_normalised_dense(dense) if by_row else dense


def _learnt_features(
    graph: HeteroData, node_type: str, paths: Sequence[MetaPath], checksum: str, walks: Walks
) -> Tensor:
    for path in paths:
        if node_type not in path.types:
            raise UserError(f"nodes.{node_type}.features.metapath2vec: no {node_type} on the path {path.name}")
    return torch.cat([path_embeddings(graph, path, checksum, walks)[node_type] for path in paths], dim=1)


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


def _labels(description: FileGraph, folder: Path) -> Tensor | None:
    if description.labels is None:
        return None
    spec, count = description.labels, description.nodes[description.target].count
    return torch.from_numpy(read_labels(folder / spec.file, count, spec.classes, spec.first))


def _splits(description: FileGraph, folder: Path, labels: Tensor | None) -> dict[str, Split]:
    splits = {}
    for name, files in description.splits.items():
        paths = {part: folder / file for part, file in files.model_dump().items()}
        nodes = read_indices(paths, description.nodes[description.target].count)
        parts = {part: torch.from_numpy(indices) for part, indices in nodes.items()}
        for part, indices in parts.items():
            unlabelled = indices if labels is None else indices[labels[indices] < 0]
            if len(unlabelled):
                raise UserError(f"{paths[part]}: node {int(unlabelled[0])} has no label")
        splits[name] = Split(**parts)
    return splits
