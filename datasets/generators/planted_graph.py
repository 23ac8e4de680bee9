"""A heterogeneous graph with classes planted behind two meta-paths.

Items have authors and topics, each of which belongs to one class and mostly links to items of it. An item's
own words say little of its class, and either relation is noisy, so that features and both meta-paths together
tell much more than any of them: what a contrastive model should recover.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import scipy.sparse as sp
import torch
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator
from torch import Tensor
from torch_geometric.data import HeteroData

from datasets.features import row_normalised, sparse_tensor
from datasets.graph import Split

_VERSION = 1  # raise when the same parameters give another graph
_LABELLED = (20, 40, 60)
_MOST_EVALUATED = 1000

Rate = Annotated[float, Field(ge=0, le=1)]


class PlantedGraph(BaseModel):
    """Parameters of `planted_graph`. Degrees are bounded, so that work grows linearly with `target_nodes`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=0, ge=0)
    target_nodes: PositiveInt = 900
    classes: Annotated[int, Field(ge=2)] = 3
    authors_per_item: PositiveInt = Field(default=3, description="an item has 1 to this many")
    topics_per_item: PositiveInt = Field(default=2, description="an item has 1 to this many")
    items_per_author: PositiveInt = 6
    items_per_topic: PositiveInt = 12
    noise: Rate = Field(default=0.2, description="share of links that ignore the class")
    isolated: Rate = Field(default=0.02, description="share of items without any link")
    words: PositiveInt = 600
    words_per_node: PositiveInt = 12
    feature_signal: Rate = Field(default=0.3, description="share of words that come from the class's own")

    @model_validator(mode="after")
    def _large_enough(self) -> "PlantedGraph":
        fewest = 2 * _LABELLED[-1] * self.classes
        if self.target_nodes < fewest:
            raise ValueError(f"target_nodes must be at least {fewest} for {self.classes} classes")
        if self.words < self.classes:
            raise ValueError("words must be at least classes")
        return self


@dataclass(frozen=True)
class GeneratedParts:
    """What a generator gives; `recipe` holds everything that the result depends on."""

    graph: HeteroData
    labels: Tensor
    splits: dict[str, Split]
    recipe: dict[str, Any]


def planted_graph(parameters: PlantedGraph) -> GeneratedParts:
    """Return the graph that `parameters` describe, the same for the same ones.

    Types: item (target; sparse features), author (sparse features), topic (none). Relations: item-author,
    item-topic.
    """
    rng = np.random.default_rng(parameters.seed)
    count, classes = parameters.target_nodes, parameters.classes
    labels = rng.permutation(np.arange(count) % classes)
    linked = rng.random(count) >= parameters.isolated
    graph = HeteroData()
    graph["item"].num_nodes = count
    graph["item"].x = _words(labels, parameters, rng)
    for kind, most, degree in (
        ("author", parameters.authors_per_item, parameters.items_per_author),
        ("topic", parameters.topics_per_item, parameters.items_per_topic),
    ):
        edges, communities = _links(labels, linked, most, degree, parameters, rng)
        graph[kind].num_nodes = len(communities)
        if kind == "author":
            graph[kind].x = _words(communities, parameters, rng)
        graph["item", f"item-{kind}", kind].edge_index = torch.from_numpy(edges)
    recipe = {"version": _VERSION, **parameters.model_dump()}
    return GeneratedParts(graph, torch.from_numpy(labels), _splits(labels, classes, rng), recipe)


def _links(
    labels: np.ndarray,
    linked: np.ndarray,
    most: int,
    degree: int,
    parameters: PlantedGraph,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return sorted distinct (item, other) edges, 2 x E, and the class of every other node."""
    degrees = np.where(linked, rng.integers(1, most + 1, len(labels)), 0)
    items = np.repeat(np.arange(len(labels)), degrees)
    strayed = rng.random(len(items)) < parameters.noise
    wanted = np.where(strayed, rng.integers(0, parameters.classes, len(items)), labels[items])
    per_class = max(-(-len(items) // (degree * parameters.classes)), 1)
    communities = np.arange(per_class * parameters.classes) % parameters.classes
    # Deal the shuffled links of each class round its nodes: random partners, yet no node far above `degree`.
    order = np.lexsort((rng.random(len(items)), wanted))
    starts = np.searchsorted(wanted[order], np.arange(parameters.classes))
    dealt = np.empty(len(items), dtype=np.int64)
    dealt[order] = np.arange(len(items)) - starts[wanted[order]]
    others = (dealt % per_class) * parameters.classes + wanted
    codes = np.unique(items * len(communities) + others)
    return np.stack(np.divmod(codes, len(communities))), communities


def _words(communities: np.ndarray, parameters: PlantedGraph, rng: np.random.Generator) -> Tensor:
    """Return row-normalised word counts, nodes x words, as a sparse CSR tensor."""
    shape = (len(communities), parameters.words_per_node)
    own = parameters.words // parameters.classes
    from_class = communities[:, None] * own + rng.integers(0, own, shape)
    anywhere = rng.integers(0, parameters.words, shape)
    columns = np.where(rng.random(shape) < parameters.feature_signal, from_class, anywhere)
    indptr = np.arange(len(communities) + 1) * parameters.words_per_node
    counts = sp.csr_matrix((np.ones(columns.size), columns.ravel(), indptr), shape=(len(communities), parameters.words))
    counts.sum_duplicates()
    return sparse_tensor(row_normalised(counts))


def _splits(labels: np.ndarray, classes: int, rng: np.random.Generator) -> dict[str, Split]:
    """Return nested training sets of 20, 40 and 60 a class, and one validation and test set for all."""
    shuffled = rng.permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    starts = np.searchsorted(labels[by_class], np.arange(classes))
    rank = np.empty(len(labels), dtype=np.int64)
    rank[by_class] = np.arange(len(labels)) - starts[labels[by_class]]
    rest = shuffled[rank[shuffled] >= _LABELLED[-1]]
    size = min(len(rest) // 2, _MOST_EVALUATED)
    valid, test = (torch.from_numpy(np.sort(part)) for part in (rest[:size], rest[size : 2 * size]))
    return {
        str(labelled): Split(torch.from_numpy(np.flatnonzero(rank < labelled)), valid, test) for labelled in _LABELLED
    }
