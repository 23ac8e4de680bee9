"""What a model sees of the graph: features by node type, and the meta-path views over the target nodes."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from datasets.sparse import ComponentMatrix, MeanMatrix, SparseMatrix

Features = SparseMatrix | Tensor | None
"""Features of a node type: T x F sparse or dense; ``None`` is an identity, an embedding look-up."""


@dataclass(frozen=True)
class Context:
    """The nodes that a target node reaches along a meta-path's prefix, as a mean over them.

    Shapes:
        factors: sparse matrices whose product is N x T with rows that add up to 1, or to 0 where nothing is reached.
    """

    node_type: str
    factors: tuple[SparseMatrix, ...]

    def mean(self, states: Tensor) -> Tensor:
        """Average the states of the nodes reached: T x d -> N x d."""
        for factor in reversed(self.factors):
            states = factor @ states
        return states


@dataclass(frozen=True)
class MetaPathView:
    """One meta-path: its sparsified, normalised adjacency, the masked twin's, and its contexts.

    Shapes:
        adjacency, masked: N x N.
    """

    name: str
    adjacency: ComponentMatrix
    masked: ComponentMatrix
    contexts: tuple[Context, ...]


@dataclass(frozen=True)
class ViewSet:
    """All views of one epoch.

    Attributes:
        target: the node type that is embedded.
        sizes: number of nodes of every type in use, the target first.
        features: features of every type in use.
        masked: the target's features with entries dropped. For an identity, an N x 1 column of zeros and ones.
        paths: the fine views.
        coarse: mean of the fine views' adjacencies, N x N.
    """

    target: str
    sizes: Mapping[str, int]
    features: Mapping[str, Features]
    masked: SparseMatrix | Tensor
    paths: tuple[MetaPathView, ...]
    coarse: MeanMatrix
