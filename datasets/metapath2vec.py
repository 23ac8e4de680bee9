"""Node embeddings learnt from walks along meta-paths: features for types that have none, and a baseline.

Source: Dong, Chawla, Swami. metapath2vec: Scalable Representation Learning for Heterogeneous Networks,
KDD 2017.
"""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.nn import MetaPath2Vec

from datasets.cache import Arrays, cached_arrays
from datasets.description import Walks
from datasets.graph import GraphDataset, MetaPath, Step

log = logging.getLogger(__name__)

_ALGORITHM = 1  # raise when the result for the same key changes

EdgeType = tuple[str, str, str]


def path_embeddings(graph: HeteroData, path: MetaPath, checksum: str, walks: Walks) -> dict[str, Tensor]:
    """Return, for each node type on `path`, an embedding a node: float32, nodes x `walks.dimension`.

    Walks start at the path's first type and go round and round it. The same graph (`checksum`), path and
    `walks` (its seed included) give the same numbers. Kept on disk: learning takes seconds to minutes.
    """
    return _embeddings(graph, path.steps, path.name, checksum, walks)


def target_embedding(dataset: GraphDataset, walks: Walks | None = None) -> Tensor:
    """Return one embedding a target node, N x `walks.dimension`, from walks along all meta-paths in turn.

    The paths are chained into one round: paper-author-paper and paper-subject-paper become P-A-P-S-P. A node
    without a neighbour on the next hop ends its walk there. Deterministic and kept on disk, as above.
    """
    chained = [step for path in dataset.meta_paths for step in path.steps]
    names = "+".join(path.name for path in dataset.meta_paths)
    found = _embeddings(dataset.graph, chained, names, dataset.checksum, walks or Walks())
    return found[dataset.target]


def _embeddings(graph: HeteroData, steps: Sequence[Step], title: str, checksum: str, walks: Walks) -> dict[str, Tensor]:
    key = {
        "algorithm": _ALGORITHM,
        "data": checksum,
        "steps": [asdict(step) for step in steps],
        "walks": walks.model_dump(),
    }
    found = cached_arrays("metapath2vec", key, lambda: _learn(graph, steps, title, walks))
    return {node_type: torch.from_numpy(vectors) for node_type, vectors in found.items()}


def _learn(graph: HeteroData, steps: Sequence[Step], title: str, walks: Walks) -> Arrays:
    log.info("learning MetaPath2Vec embeddings along %s (kept for later runs)", title)
    types = sorted({end for step in steps for end in (step.source, step.target)})
    # All randomness below is PyTorch's own; the caller's generators stay where they are.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(walks.seed)
        model = MetaPath2Vec(
            {_edge_type(step): _edges(graph, step) for step in steps},
            embedding_dim=walks.dimension,
            metapath=[_edge_type(step) for step in steps],
            walk_length=max(walks.walk_length, len(steps), walks.context_size - 1),
            context_size=walks.context_size,
            walks_per_node=walks.walks_per_node,
            num_negative_samples=walks.negatives,
            num_nodes_dict={node_type: int(graph[node_type].num_nodes) for node_type in types},
            sparse=False,  # negatives touch most rows of a batch: sparse Adam is slower
        )
        # word2vec's start. PyG's, N(0, 1), saturates the sigmoid and leaves nodes off all walks as noise.
        bound = 0.5 / walks.dimension
        torch.nn.init.uniform_(model.embedding.weight, -bound, bound)
        with _one_thread():
            _fit(model, title, walks)
    with torch.no_grad():
        return {node_type: np.ascontiguousarray(model(node_type).numpy()) for node_type in types}


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep PyTorch to one thread: sums come out alike on any machine, and such small steps are no slower."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _fit(model: MetaPath2Vec, title: str, walks: Walks) -> None:
    loader = model.loader(batch_size=walks.batch, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=walks.lr)
    total = walks.epochs * len(loader)
    # To nothing by the end, as in word2vec: what the last few random pairs say must not stay as noise.
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 1e-3, total_iters=total)
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task(f"MetaPath2Vec {title}", total=total)
        for _ in range(walks.epochs):
            for positive, negative in loader:
                optimizer.zero_grad()
                loss = model.loss(positive, negative)
                loss.backward()
                optimizer.step()
                schedule.step()
                progress.advance(task)


def _edge_type(step: Step) -> EdgeType:
    return (step.source, step.relation if step.forward else f"{step.relation} reversed", step.target)


def _edges(graph: HeteroData, step: Step) -> Tensor:
    ends = (step.source, step.target) if step.forward else (step.target, step.source)
    edges = graph[ends[0], step.relation, ends[1]].edge_index
    return edges if step.forward else edges.flip(0)
