"""A graph with two independent groupings, the first of which is far easier to see than the second."""

from dataclasses import dataclass

import numpy as np
import torch
from torch_geometric.data import HeteroData

from datasets import GraphDataset, MetaPath, Step

GROUPS = 4
NODES = 240
EASY, HARD = 8.0, 1.0
"""The size of the features that tell the first and the second grouping."""


@dataclass(frozen=True)
class TwoGroupings:
    """The graph, and the two groups of every item."""

    dataset: GraphDataset
    easy: np.ndarray
    hard: np.ndarray


def two_groupings(seed: int = 0) -> TwoGroupings:
    """Return items whose features name both groups, the first one loudly, linked by makers that keep to both."""
    rng = np.random.default_rng(seed)
    easy, hard = np.arange(NODES) % GROUPS, np.arange(NODES) // GROUPS % GROUPS
    one_hot = np.eye(GROUPS)
    features = [EASY * one_hot[easy], HARD * one_hot[hard], 0.3 * rng.random((NODES, 8))]
    graph = HeteroData()
    graph["item"].num_nodes = NODES
    graph["item"].x = torch.from_numpy(np.concatenate(features, axis=1)).float()
    makers = 3 * (GROUPS * easy + hard) + rng.integers(0, 3, NODES)
    graph["maker"].num_nodes = 3 * GROUPS**2
    graph["item", "made-by", "maker"].edge_index = torch.from_numpy(np.stack([np.arange(NODES), makers]))
    steps = (Step("item", "made-by", "maker", True), Step("maker", "made-by", "item", False))
    dataset = GraphDataset(
        name="two-groupings",
        graph=graph,
        target="item",
        meta_paths=(MetaPath("IMI", steps, (1,)),),
        labels=None,
        splits={},
        node_ids=np.arange(NODES),
        checksum=f"two groupings {seed}",
    )
    return TwoGroupings(dataset, easy, hard)
