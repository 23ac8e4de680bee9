"""Adaptive multi-head contrast: several projection heads, and a temperature of its own for every pair."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.losses.blockwise import blockwise_mean
from core.losses.info_nce import check_views


class PairTemperature(nn.Module):
    """The temperature of a pair: ``t(x, y) = lowest + (highest - lowest) sigmoid( -phi(x).phi(y) )``.

    Source: as :class:`MultiHeadContrast`, equation 3. phi is a small network with one hidden layer; because only its
    values' products count, no N x M x d tensor is ever needed. Pairs that phi finds alike get low temperatures.

    Args:
        width: the width of the projections.
        hidden: hidden units of phi.
        lowest, highest: bounds of the temperatures.

    Raises:
        ValueError: unless ``0 < lowest < highest``.

    Shapes:
        x: N x width, y: M x width -> N x M temperatures (dense: for small inputs and tests).
    """

    def __init__(self, width: int, hidden: int = 128, *, lowest: float = 1e-5, highest: float = 2.0) -> None:
        super().__init__()
        if not 0 < lowest < highest:
            raise ValueError(f"temperatures need 0 < lowest < highest, got {lowest} and {highest}")
        self.lowest, self.highest = lowest, highest
        self.keys = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width))

    def of_products(self, products: Tensor) -> Tensor:
        """Return the temperatures of pairs whose ``phi(x).phi(y)`` is given; any shape."""
        return self.lowest + (self.highest - self.lowest) * (-products).sigmoid()

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the dense N x M matrix of temperatures."""
        return self.of_products(self.keys(x) @ self.keys(y).T)


class MultiHeadContrast(nn.Module):
    """The sum over projection heads of a contrast between two views in which each pair has its own temperature.

    A head projects both views to unit vectors. Each of its 2N rows x is an anchor, its twin x+ the positive and the
    2(N - 1) other rows the negatives; the loss of a head is the mean over its anchors of

    ``b W(t+) - x.x+ / t+ + log sum_{y != x, x+} exp( x.y / t_xy - b W(t_xy) )``, with ``W(t) = (d / 2) log t + 1 / t``.

    For ``b = 1`` that is the negative logarithm of the ratio of ``N(x; x+, t+ I)`` to ``sum_y N(x; y, t_xy I)``: what
    maximum likelihood over a head's posterior asks. Smaller b weaken the hold on the temperatures. (Wang et al.,
    *Adaptive Multi-head Contrastive Learning*, ECCV 2024, arXiv 2310.05615: equation 2.1 for two views, W, and equation
    3 for the temperatures, after the authors' code. That code replaces the logarithm of the sum by the mean over the
    most similar negatives, equation 5; here the sum over all is exact.)

    With one constant temperature b has no effect, and what is left is NT-Xent without the positive in the denominator.

    Args:
        width: the width of the views.
        heads: how many heads; each is a network with one hidden layer.
        projection: d, the width of the projections.
        hidden: hidden units of each head, and of phi.
        lowest, highest: bounds of the temperatures.
        regulariser: b, not negative.

    Raises:
        ValueError: when sizes are not positive, ``regulariser`` is negative or the temperatures' bounds are not
            ``0 < lowest < highest``; in the forward pass, when shapes disagree or there is but one row.

    Shapes:
        anchor, other: N x width, N at least 2 -> scalar.
    """

    def __init__(
        self,
        width: int,
        *,
        heads: int = 3,
        projection: int = 128,
        hidden: int = 128,
        lowest: float = 1e-5,
        highest: float = 2.0,
        regulariser: float = 1e-4,
    ) -> None:
        super().__init__()
        if min(width, heads, projection, hidden) < 1:
            raise ValueError(f"sizes must be positive, got {(width, heads, projection, hidden)}")
        if regulariser < 0:
            raise ValueError(f"the regulariser must not be negative, got {regulariser}")
        self.regulariser = regulariser
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, projection)) for _ in range(heads)
        )
        self.temperature = PairTemperature(projection, hidden, lowest=lowest, highest=highest)

    def forward(self, anchor: Tensor, other: Tensor, *, block: int | None = None) -> Tensor:
        """Return the loss of two views; memory is O(N x block), and the result does not depend on the block size."""
        check_views(anchor, other, 1.0)
        if len(anchor) < 2:
            raise ValueError("the contrast needs negatives: two rows at least")
        # Autocast would round temperatures near 0, whose inverses are large.
        with torch.autocast(anchor.device.type, enabled=False):
            both = torch.cat([anchor, other])
            both = both.to(torch.promote_types(both.dtype, torch.float32))
            return torch.stack(
                [self._of_head(functional.normalize(head(both), dim=1), block) for head in self.heads]
            ).sum()

    def _of_head(self, rows: Tensor, block: int | None) -> Tensor:
        """Return the loss of one head's projections, the second view's below the first's: 2N x d -> scalar."""
        count, half = len(rows), len(rows) // 2
        own = torch.arange(count, device=rows.device)
        twins = own.roll(half)
        keys = self.temperature.keys(rows)

        def denominator(x: Tensor, key: Tensor, self_and_twin: Tensor, y: Tensor, others: Tensor) -> Tensor:
            temperatures = self.temperature.of_products(others @ key.T)
            scores = (y @ x.T) / temperatures - self._normaliser(temperatures, rows.shape[1])
            return scores.scatter(0, self_and_twin.T, -torch.inf).logsumexp(dim=0)

        excluded = torch.stack([own, twins], dim=1)
        total = blockwise_mean(denominator, [rows, keys, excluded], [rows, keys], block=block)
        temperatures = self.temperature.of_products((keys[:half] * keys[half:]).sum(dim=1))
        positives = (rows[:half] * rows[half:]).sum(dim=1) / temperatures
        return total + (self._normaliser(temperatures, rows.shape[1]) - positives).mean()

    def _normaliser(self, temperatures: Tensor, width: int) -> Tensor:
        """Return ``b W(t)``: what keeps a temperature from running off; any shape."""
        return self.regulariser * (0.5 * width * temperatures.log() + temperatures.reciprocal())
