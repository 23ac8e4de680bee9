"""Causal multi-head self-attention on packed sequences."""

from typing import Literal

import torch
from torch import Tensor, nn

from core.dropout import dropout
from recsys.encoders.length_groups import LengthGroups

Queries = Literal["all", "last"]


class PackedAttention(nn.Module):
    """``softmax(Q K^T / sqrt(d / heads) + causal mask) V`` in each sequence, then a linear layer.

    Vaswani et al., *Attention Is All You Need*, 2017, as SASRec (Kang and McAuley, ICDM 2018) uses it: an item sees
    itself and those before it. Dropout falls on the attention weights.

    Args:
        width: d.
        heads: their number; divides d.
        dropout: rate on the attention weights.

    Shapes:
        x: T x d -> T x d, or B x d where only the last item of each sequence asks.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        self.heads = heads
        self.dropout = dropout

    def forward(self, x: Tensor, groups: LengthGroups, last: Tensor, queries: Queries = "all") -> Tensor:
        """Attend; ``last`` are the places of the sequences' last items, B on the device."""
        if queries == "last":
            return self._attend_last(x, groups, last)
        projected = _linear(x, self.query, self.key, self.value)
        parts = []
        for group, part in zip(groups.groups, groups.spread(self._channels(projected)), strict=True):
            q, k, v = part.chunk(3)
            parts.append(self._mix(q, k, v, group.unseen_by_each()))
        result: Tensor = self.output(groups.collect(parts).flatten(1))
        return result

    def _attend_last(self, x: Tensor, groups: LengthGroups, last: Tensor) -> Tensor:
        projected = groups.spread(self._channels(_linear(x, self.key, self.value)))
        asked = self.query(x.index_select(0, last)).index_select(0, groups.order)
        parts = []
        counts = [group.count for group in groups.groups]
        for group, part, q in zip(groups.groups, projected, asked.split(counts), strict=True):
            k, v = part.chunk(2)
            q = self._channels(q).transpose(0, 1).unsqueeze(2)
            mixed = self._mix(q, k, v, group.unseen_by_the_last()[:, None, :])
            parts.append(mixed.squeeze(2).transpose(0, 1).flatten(1))
        result: Tensor = self.output(torch.cat(parts).index_select(0, groups.inverse))
        return result

    def _channels(self, x: Tensor) -> Tensor:
        """Part the columns by projection and head."""
        return x.view(len(x), -1, self.output.in_features // self.heads)

    def _mix(self, q: Tensor, k: Tensor, v: Tensor, unseen: Tensor) -> Tensor:
        """Mix the values: heads x n x Q x e, heads x n x L x e twice and a mask -> heads x n x Q x e."""
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        weights = scores.masked_fill_(unseen, -torch.inf).softmax(dim=-1)
        return dropout(weights, self.dropout, self.training) @ v


def _linear(x: Tensor, *layers: nn.Linear) -> Tensor:
    """Apply several linear layers to the same states by one product."""
    weight, bias = torch.cat([layer.weight for layer in layers]), torch.cat([layer.bias for layer in layers])
    return nn.functional.linear(x, weight, bias)
