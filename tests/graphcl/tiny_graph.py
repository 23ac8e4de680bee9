"""A hand-made graph small enough for dense references: paths of one, two and four steps, lonely nodes, any features."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import scipy.sparse as sp
import torch
from torch_geometric.data import HeteroData

from datasets import GraphDataset, MetaPath, Split, Step
from datasets.features import sparse_tensor

SIZES = {"paper": 37, "author": 14, "conference": 4}
LONELY = (0, 36)
"""Papers without any link, the first and the last one."""

WRITES = ("paper", "writes", "author")
MEETS = ("author", "meets", "conference")
CITES = ("paper", "cites", "paper")

PATHS: Mapping[str, tuple[Step, ...]] = {
    "PAP": (Step("paper", "writes", "author", True), Step("author", "writes", "paper", False)),
    "PACAP": (
        Step("paper", "writes", "author", True),
        Step("author", "meets", "conference", True),
        Step("conference", "meets", "author", False),
        Step("author", "writes", "paper", False),
    ),
    "PP": (Step("paper", "cites", "paper", True),),
}

Form = Literal["sparse", "dense", "none"]


def tiny_graph(
    paths: Sequence[str] = ("PAP", "PACAP"), target: Form = "sparse", author: Form = "dense"
) -> GraphDataset:
    """Return the graph with these meta-paths and these forms of features; conferences never have any."""
    rng = np.random.default_rng(3)
    graph = HeteroData()
    for name, count in SIZES.items():
        graph[name].num_nodes = count
    for name, form in (("paper", target), ("author", author)):
        if form != "none":
            graph[name].x = _features(SIZES[name], form, rng)
    for key in (WRITES, MEETS, CITES):
        graph[key].edge_index = _edges(key, rng)
    split = Split(torch.arange(1, 13), torch.arange(13, 22), torch.arange(22, 36))
    return GraphDataset(
        name="tiny",
        graph=graph,
        target="paper",
        meta_paths=tuple(MetaPath(name, PATHS[name], tuple(range(1, len(PATHS[name])))) for name in paths),
        labels=torch.arange(SIZES["paper"]) % 3,
        splits={"4": split},
        node_ids=np.arange(SIZES["paper"]) + 100,
        checksum=f"tiny {target} {author}",
    )


def _edges(key: tuple[str, str, str], rng: np.random.Generator) -> torch.Tensor:
    linked = rng.random((SIZES[key[0]], SIZES[key[2]])) < 0.15
    linked[:, 0] |= ~linked.any(axis=1)
    if key[0] == "paper":
        linked[list(LONELY)] = False
    if key[2] == "paper":
        linked[:, list(LONELY)] = False
    return torch.from_numpy(np.stack(np.nonzero(linked)))


def _features(count: int, form: Form, rng: np.random.Generator) -> torch.Tensor:
    values = rng.random((count, 11)) * (rng.random((count, 11)) < 0.5)
    return sparse_tensor(sp.csr_matrix(values)) if form == "sparse" else torch.from_numpy(values).float()
