"""Type-specific projection: features of any width, sparse or dense or none, into one hidden space."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.dropout import dropout
from graphcl.views import Features


class TypeProjection(nn.Module):
    """``h = ELU(dropout(x W + b))`` for the nodes of one type.

    A type without features has ``x = I``: ``W`` is then an embedding table with a row for each node, and no
    one-hot matrix exists.

    Args:
        width: number of features, or of nodes for an identity.
        hidden: d.
        dropout: rate.

    Shapes:
        features: T x width (sparse or dense), or ``None`` for the identity;
        keep: T x 1, zeros and ones, for the identity alone: which nodes keep their one entry -> T x hidden.
    """

    def __init__(self, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        bound = width**-0.5
        self.weight = nn.Parameter(torch.empty(width, hidden).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(hidden).uniform_(-bound, bound))
        self.dropout = dropout

    def forward(self, features: Features, keep: Tensor | None = None) -> Tensor:
        """Project the nodes of this type."""
        projected = self.weight if features is None else features @ self.weight
        if keep is not None:
            projected = projected * keep
        return functional.elu(dropout(projected + self.bias, self.dropout, self.training))
