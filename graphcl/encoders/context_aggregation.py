"""Meta-path contexts: what a target node gathers from the intermediate nodes of its meta-path instances."""

from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional

from core.dropout import dropout
from graphcl.views import Context


class ContextAggregation(nn.Module):
    """``u = ELU(h_target + sum_c dropout(V_c mean_c(h_c)))`` for one meta-path.

    Source: MEOW (arXiv 2212.13847), the fine-grained view's input.

    Args:
        contexts: number of contexts of the meta-path.
        hidden: d.
        dropout: rate.

    Shapes:
        messages: h of every context's node type, T_c x d -> a list of N x d messages, one a context;
        forward: N x d target states and the messages -> N x d.
    """

    def __init__(self, contexts: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.linear = nn.ModuleList(nn.Linear(hidden, hidden, bias=False) for _ in range(contexts))
        self.dropout = dropout

    def messages(self, states: Mapping[str, Tensor], contexts: tuple[Context, ...]) -> list[Tensor]:
        """Average every context and transform it; a view and its masked twin share the result."""
        return [
            linear(context.mean(states[context.node_type]))
            for linear, context in zip(self.linear, contexts, strict=True)
        ]

    def forward(self, target: Tensor, messages: list[Tensor]) -> Tensor:
        """Add the messages to the target's states."""
        for message in messages:
            target = target + dropout(message, self.dropout, self.training)
        return functional.elu(target)
