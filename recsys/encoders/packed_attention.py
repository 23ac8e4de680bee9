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
        weight = torch.cat([self.query.weight, self.key.weight, self.value.weight])
        bias = torch.cat([self.query.bias, self.key.bias, self.value.bias])
        spread = groups.spread(nn.functional.linear(x, weight, bias))
        parts = []
        for group, part in zip(groups.groups, spread.split(groups.sizes), strict=True):
            q, k, v = part.view(group.count, group.length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            hidden = torch.ones(group.length, group.length, dtype=torch.bool, device=x.device).triu_(1)
            parts.append(self._mix(q, k, v, hidden).transpose(1, 2).reshape(-1, x.shape[1]))
        result: Tensor = self.output(groups.collect(torch.cat(parts)))
        return result

    def _attend_last(self, x: Tensor, groups: LengthGroups, last: Tensor) -> Tensor:
        weight = torch.cat([self.key.weight, self.value.weight])
        bias = torch.cat([self.key.bias, self.value.bias])
        spread = groups.spread(nn.functional.linear(x, weight, bias))
        asked = self.query(x.index_select(0, last)).index_select(0, groups.order)
        parts = []
        for group, part, q in zip(groups.groups, spread.split(groups.sizes), asked.split(groups.counts), strict=True):
            k, v = part.view(group.count, group.length, 2, self.heads, -1).permute(2, 0, 3, 1, 4)
            q = q.view(group.count, self.heads, 1, -1)
            parts.append(self._mix(q, k, v, group.padding[:, None, None, :]).reshape(-1, x.shape[1]))
        result: Tensor = self.output(torch.cat(parts).index_select(0, groups.inverse))
        return result

    def _mix(self, q: Tensor, k: Tensor, v: Tensor, hidden: Tensor) -> Tensor:
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        weights = scores.masked_fill_(hidden, -torch.inf).softmax(dim=-1)
        return dropout(weights, self.dropout, self.training) @ v
