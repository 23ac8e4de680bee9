"""A transformer block with its norms after the sums, on packed sequences."""

from torch import Tensor, nn
from torch.nn import functional

from core.dropout import dropout
from recsys.encoders.length_groups import LengthGroups
from recsys.encoders.packed_attention import PackedAttention, Queries

NORM_EPS = 1e-12


class TransformerBlock(nn.Module):
    """``y = LN(x + drop(attention(x)))``, then ``LN(y + drop(W2 GELU(W1 y)))``.

    Args:
        width: d.
        inner: width between the two linear layers.
        heads: of the attention.
        dropout: rate on both branches.
        attention_dropout: rate on the attention weights.

    Shapes:
        x: T x d -> T x d, or B x d where only the last item of each sequence asks.
    """

    def __init__(self, width: int, inner: int, heads: int, dropout: float, attention_dropout: float) -> None:
        super().__init__()
        self.attention = PackedAttention(width, heads, attention_dropout)
        self.attention_norm = nn.LayerNorm(width, eps=NORM_EPS)
        self.expand = nn.Linear(width, inner)
        self.contract = nn.Linear(inner, width)
        self.output_norm = nn.LayerNorm(width, eps=NORM_EPS)
        self.dropout = dropout

    def forward(self, x: Tensor, groups: LengthGroups, last: Tensor, queries: Queries = "all") -> Tensor:
        """Transform the states; ``last`` are the places of the sequences' last items."""
        attended = self.attention(x, groups, last, queries)
        if queries == "last":
            x = x.index_select(0, last)
        x = self.attention_norm(x + dropout(attended, self.dropout, self.training))
        fed = self.contract(functional.gelu(self.expand(x)))
        result: Tensor = self.output_norm(x + dropout(fed, self.dropout, self.training))
        return result
