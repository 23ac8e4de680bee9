"""From a description to a `GraphDataset`: read or generate, check, put together."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from core.errors import UserError
from datasets.description import Features, FileGraph, GeneratedGraph
from datasets.generators import generate
from datasets.graph import GraphDataset, MetaPath, Split
from datasets.metapath.parsing import parse_meta_path
from datasets.metapath2vec import path_embeddings
from datasets.readers import read_dense, read_edges, read_indices, read_labels, read_sparse
from datasets.sparse_features import row_normalised, sparse_tensor


def assemble_from_files(name: str, description: FileGraph, folder: Path) -> GraphDataset:
    """Return the data set whose (verified) files lie in `folder`."""
    graph = HeteroData()
    for node_type, node in description.nodes.items():
        graph[node_type].num_nodes = node.count
    for relation, edges in description.relations.items():
        sizes = description.nodes[edges.source].count, description.nodes[edges.target].count
        pairs = read_edges(folder / edges.file, *sizes)
        graph[edges.source, relation, edges.target].edge_index = torch.from_numpy(pairs)
    checksum = _digest([(file, description.files[file]) for file in description.used_files()])
    for node_type, node in description.nodes.items():
        if node.features is not None:
            graph[node_type].x = _features(graph, node_type, node.features, description, folder, checksum)
    count = description.nodes[description.target].count
    labels = None
    if description.labels is not None:
        spec = description.labels
        labels = torch.from_numpy(read_labels(folder / spec.file, count, spec.classes, spec.first))
    splits = {}
    for split, files in description.splits.items():
        paths = {part: folder / file for part, file in files.model_dump().items()}
        parts = {part: torch.from_numpy(nodes) for part, nodes in read_indices(paths, count).items()}
        _check_labelled(paths, parts, labels)
        splits[split] = Split(**parts)
    return GraphDataset(
        name=name,
        graph=graph,
        target=description.target,
        meta_paths=_parse_all(graph, description.target, description.meta_paths, description.contexts),
        labels=labels,
        splits=splits,
        node_ids=np.arange(count),
        checksum=checksum,
    )


def assemble_generated(name: str, description: GeneratedGraph) -> GraphDataset:
    """Return the data set that the description's generator makes."""
    made = generate(description.generator, description.parameters)
    return GraphDataset(
        name=name,
        graph=made.graph,
        target=description.target,
        meta_paths=_parse_all(made.graph, description.target, description.meta_paths, description.contexts),
        labels=made.labels,
        splits=made.splits,
        node_ids=np.arange(made.graph[description.target].num_nodes),
        checksum=_digest([description.generator, made.recipe]),
    )


def _features(
    graph: HeteroData, node_type: str, features: Features, description: FileGraph, folder: Path, checksum: str
) -> Tensor:
    count = description.nodes[node_type].count
    if features.metapath2vec is not None:
        paths = _parse_all(graph, description.target, features.metapath2vec)
        learnt = [path_embeddings(graph, path, checksum, description.walks) for path in paths]
        without = [path.name for path, found in zip(paths, learnt) if node_type not in found]
        if without:
            where = f"nodes.{node_type}.features.metapath2vec"
            raise UserError(f"{where}: no {node_type} on the path {', '.join(without)}")
        return torch.cat([found[node_type] for found in learnt], dim=1)
    path = folder / str(features.file)
    if features.format == "dense":
        dense = torch.from_numpy(read_dense(path, count))
        sums = dense.sum(dim=1, keepdim=True)
        return dense / torch.where(sums == 0, 1.0, sums) if features.normalise == "row" else dense
    matrix = read_sparse(path, count)
    return sparse_tensor(row_normalised(matrix) if features.normalise == "row" else matrix)


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


def _check_labelled(paths: Mapping[str, Path], parts: Mapping[str, Tensor], labels: Tensor | None) -> None:
    for part, nodes in parts.items():
        if labels is None:
            raise UserError(f"{paths[part]}: a split needs labels, and the description names none")
        unlabelled = nodes[labels[nodes] < 0]
        if len(unlabelled):
            raise UserError(f"{paths[part]}: node {int(unlabelled[0])} has no label")


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
