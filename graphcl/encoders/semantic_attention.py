"""Semantic attention: one weight a view, shared by all nodes."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from core.dropout import dropout


class SemanticAttention(nn.Module):
    """``beta = softmax_i( a . mean_n tanh(W z_i[n] + b) )``, ``z = sum_i beta_i z_i``.

    Wang et al., *Heterogeneous Graph Attention Network*, 2019, equations 7 to 9; dropout falls on ``a``.

    Args:
        width: d.
        dropout: rate.

    Shapes:
        views: V tensors of N x d -> N x d and V weights.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.query = nn.Parameter(torch.empty(1, width))
        self.dropout = dropout
        gain = 2**0.5
        nn.init.xavier_normal_(self.linear.weight, gain=gain)
        nn.init.xavier_normal_(self.query, gain=gain)

    def forward(self, views: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Fuse the views; also return their weights."""
        query = dropout(self.query, self.dropout, self.training).squeeze(0)
        scores = torch.stack([torch.tanh(self.linear(view)).mean(dim=0) @ query for view in views])
        beta = scores.softmax(dim=0)
        fused = beta[0] * views[0]
        for weight, view in zip(beta[1:], views[1:], strict=True):
            fused = fused + weight * view
        return fused, beta
