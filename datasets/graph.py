"""What a loaded graph data set is: the graph, its target type, meta-paths and splits."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor
from torch_geometric.data import HeteroData


@dataclass(frozen=True)
class Step:
    """One hop of a meta-path, from node type `source` to node type `target`.

    `forward` says whether the relation is walked in its own direction or against it.
    """

    source: str
    relation: str
    target: str
    forward: bool


@dataclass(frozen=True)
class MetaPath:
    """A chain of steps that starts and ends at the target type.

    `contexts` are the prefix lengths, in steps, whose reach serves as a meta-path context (MEOW, section 3):
    for author-paper-conference-paper-author, 1, 2 and 3.
    """

    name: str
    steps: tuple[Step, ...]
    contexts: tuple[int, ...]

    @property
    def types(self) -> tuple[str, ...]:
        """Node types in walking order, one more than there are steps."""
        return (self.steps[0].source, *(step.target for step in self.steps))


@dataclass(frozen=True)
class Split:
    """Target nodes to train, validate and test a probe on: three disjoint int64 vectors."""

    train: Tensor
    valid: Tensor
    test: Tensor


@dataclass(frozen=True)
class GraphDataset:
    """A heterogeneous graph ready to learn on.

    `graph[type].num_nodes` is always set; `graph[type].x` only where the type has features (sparse CSR or
    dense, float32, one row a node); `graph[source, relation, target].edge_index` is int64, 2 x E, sorted by
    source then target, without duplicates. `labels` holds one int64 a target node, from 0 without gaps, -1
    where unlabelled; `class_names` are the classes' names where a column of text holds them. `node_ids` are the
    target's names outside of this program. `checksum` (SHA-256, hex) changes when any file or generator parameter
    behind the graph does.
    """

    name: str
    graph: HeteroData
    target: str
    meta_paths: tuple[MetaPath, ...]
    labels: Tensor | None
    splits: dict[str, Split]
    node_ids: np.ndarray
    checksum: str
    class_names: tuple[str, ...] = ()

    @property
    def num_targets(self) -> int:
        """Number of target nodes, N."""
        return int(self.graph[self.target].num_nodes)

    @property
    def num_classes(self) -> int:
        """Number of classes, 0 where nothing is labelled."""
        return 0 if self.labels is None else max(int(self.labels.max()) + 1, 0)
