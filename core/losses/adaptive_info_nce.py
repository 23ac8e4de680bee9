"""AdaMEOW's contrastive loss: InfoNCE whose negatives are weighted by a small learnt network on each pair."""

import torch
from torch import Tensor, nn

from core.losses.blockwise import blockwise_mean
from core.losses.info_nce import Shift, check_views, mean_positive, spreads_far, weighted_logsumexp
from core.losses.pair_sums import separable_tanh


class PairNetwork(nn.Module):
    """The weight of a pair: ``w_ij = sigmoid( v . tanh(W1 (a_i + o_j) + b1) + b2 )``.

    Source: Yu et al., arXiv 2212.13847 (TKDE version), the soft weights of AdaMEOW. Because
    ``W1 (a_i + o_j) = W1 a_i + W1 o_j``, no N x N x d tensor is ever needed.

    Args:
        width: d, the width of the views.
        hidden: hidden units.

    Shapes:
        anchor: N x d, other: M x d -> N x M weights (dense: for small inputs and tests).
    """

    def __init__(self, width: int, hidden: int = 16) -> None:
        super().__init__()
        self.first = nn.Linear(width, hidden)
        self.second = nn.Linear(hidden, 1)

    def sums(self, anchor: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        """Return what each point adds to the hidden units: N x hidden (bias included) and M x hidden."""
        return self.first(anchor), other @ self.first.weight.T

    def forward(self, anchor: Tensor, other: Tensor) -> Tensor:
        """Return the dense N x M matrix of weights."""
        rows, columns = self.sums(anchor, other)
        return self.second(torch.tanh(rows[:, None, :] + columns)).squeeze(2).sigmoid()


def adaptive_info_nce(
    anchor: Tensor,
    other: Tensor,
    network: PairNetwork,
    *,
    temperature: float,
    block: int | None = None,
    separable: bool = True,
) -> Tensor:
    """Return ``mean_i -log( exp(a_i.o_i / t) / sum_j w_ij exp(a_i.o_j / t) )`` with learnt weights.

    Source: as :class:`PairNetwork`. The weights are computed row block by row block, exactly to rounding: by
    :func:`core.losses.pair_sums.separable_tanh` (a matrix product), or hidden unit by hidden unit where that does
    not pay or ``separable`` is false. Gradients flow to both views and to the network.

    Args:
        anchor, other: the two views; normalise their rows for cosine similarity.
        network: gives the weights.
        temperature: positive scale of the similarities.
        block: rows a block; memory is O(N x block).
        separable: allow the matrix product.

    Shapes:
        anchor, other: N x d -> scalar.

    >>> views = torch.eye(4)
    >>> network = PairNetwork(4)
    >>> _ = nn.init.zeros_(network.second.weight), nn.init.zeros_(network.second.bias)  # all weights 1/2
    >>> round(adaptive_info_nce(views, views, network, temperature=1.0).item(), 4)  # log(e + 3) - 1 - log(2)
    0.0505
    """
    check_views(anchor, other, temperature)
    shift: Shift = "largest" if spreads_far(anchor, other, temperature) else "none"
    with torch.autocast(anchor.device.type, enabled=False):
        rows, columns = network.sums(anchor, other)
        outer, bias = network.second.weight.squeeze(0), network.second.bias
        factors = separable_tanh(rows, columns, outer) if separable else None
    if factors is not None:
        left, right = factors

        def by_product(a: Tensor, f: Tensor, o: Tensor, g: Tensor, b: Tensor) -> Tensor:
            return weighted_logsumexp(o @ (a / temperature).T, (g @ f.T + b).sigmoid(), shift=shift)

        total = blockwise_mean(by_product, [anchor, left], [other, right, bias], block=block)
    else:

        def by_unit(a: Tensor, r: Tensor, o: Tensor, c: Tensor, v: Tensor, b: Tensor) -> Tensor:
            logits = torch.tanh(c[:, None, :] + r) @ v + b
            return weighted_logsumexp(o @ (a / temperature).T, logits.sigmoid(), shift=shift)

        block = block or max(1, 2**21 // (other.shape[0] * outer.numel()))
        total = blockwise_mean(by_unit, [anchor, rows], [other, columns, outer, bias], block=block)
    return total - mean_positive(anchor, other, temperature)
