"""The graph convolution that all views share."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.dropout import dropout
from datasets.sparse import ComponentMatrix, MeanMatrix


class GCN(nn.Module):
    """Two graph convolutions, ``A drop(X W)``, PReLU between them, then one layer norm over the whole output.

    Kipf and Welling, *Semi-Supervised Classification with Graph Convolutional Networks*, 2017, without bias. The
    layer norm has no parameters and takes all N x d entries together, as in MEOW.

    Args:
        width: d of the input.
        hidden: d of both layers' outputs.
        dropout: rate on ``X W``.

    Shapes:
        x: N x width; adjacency: N x N -> N x hidden.
    """

    def __init__(self, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        bound = hidden**-0.5
        self.first = nn.Parameter(torch.empty(width, hidden).uniform_(-bound, bound))
        self.second = nn.Parameter(torch.empty(hidden, hidden).uniform_(-bound, bound))
        self.activation = nn.PReLU()
        self.dropout = dropout

    def forward(self, x: Tensor, adjacency: ComponentMatrix | MeanMatrix) -> Tensor:
        """Encode one view."""
        x = self.activation(adjacency @ dropout(x @ self.first, self.dropout, self.training))
        x = adjacency @ dropout(x @ self.second, self.dropout, self.training)
        return functional.layer_norm(x, x.shape)
