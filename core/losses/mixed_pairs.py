"""SupReMix: supervised contrast for a regression target, with mixtures of rows as hard negatives and hard positives."""

import torch
from torch import Tensor, nn

from core.losses.blockwise import block_rows, blockwise_mean
from core.losses.info_nce import check_views


def mixed_pairs(
    anchor: Tensor,
    other: Tensor,
    targets: Tensor,
    *,
    temperature: float,
    shares: Tensor | None = None,
    between: tuple[Tensor, Tensor] | None = None,
    magnify: float = 1.0,
    fixed_mixtures: bool = True,
    block: int | None = None,
) -> Tensor:
    """Return the mean over the 2N rows x of both views of ``log sum_c w_c exp(x.c / t) - mean_p x.p / t``.

    The candidates c of row i are (Wu et al., *Mixup Your Own Pairs*, 2023, arXiv 2309.16633):

    - the other rows, positives where their target equals row i's (its twin, at least);
    - anchor-inclusive mixtures ``l x_i + (1 - l) x_k`` with every row k of another target: hard negatives;
    - anchor-exclusive mixtures ``m x_j + (1 - m) x_k`` of rows whose targets lie on either side, with the m that mixes
      their targets to row i's own: hard positives.

    Each weighs ``w_c = 1 + magnify |y_i - y_c|`` ("distance magnifying"); a mixture's target mixes as its rows do.
    Positives p are the candidates of row i's own target. Written from the authors' code; it shifts the scores of rows
    and mixtures by different maxima before it adds their exponentials, which is not followed. No mixture is formed:
    its score is the mixture of two scores. Without mixtures and with ``magnify`` 0 it is the supervised contrastive
    loss, and NT-Xent where no two instances share a target.

    Args:
        anchor, other: the two views; normalise their rows for cosine similarity.
        targets: what is to be regressed, one number an instance; ``magnify`` and windows are in its units.
        temperature: positive scale of the similarities.
        shares: the anchor's shares l, from 0 to 1: the mixture of rows i and k takes number i + k, modulo S, so that
            each row meets S independent draws without 2N x 2N of them being kept. ``None`` makes no such mixture.
        between: rows (in 0..2N-1, the other view after the anchor) of lower and of higher target for every row, as
            :func:`neighbours_on_both_sides` gives them; -1 stands for no pair. ``None`` makes no such mixture.
        magnify: how much farther candidates weigh more, 0 or more, an inverse target.
        fixed_mixtures: let gradients reach a mixture's score through row i alone, as the authors do.
        block: rows a block; memory is O(block x (N + M)), the result does not depend on it.

    Shapes:
        anchor, other: N x d; targets: N; shares: S; between: 2N x M each -> scalar.

    Raises:
        ValueError: when shapes disagree, ``magnify`` is negative or temperature or block size are not positive.

    >>> views = torch.eye(4)
    >>> loss = mixed_pairs(views, views, torch.arange(4.0), temperature=1.0, magnify=0.0)
    >>> round(loss.item(), 4)  # NT-Xent: log(e + 6) - 1
    1.1654
    """
    check_views(anchor, other, temperature)
    _check(anchor, targets, shares, between, magnify)
    rows = torch.cat([anchor, other])
    count = len(rows)
    labels = targets.detach().to(rows.dtype).repeat(2)
    numbers = torch.arange(count, device=rows.device)
    lower, higher = (numbers.new_empty(count, 0),) * 2 if between is None else between

    def loss(
        own: Tensor, target: Tensor, number: Tensor, low: Tensor, high: Tensor, columns: Tensor, others: Tensor
    ) -> Tensor:
        scores = own @ columns.T
        mixable = own @ columns.detach().T if fixed_mixtures else scores
        gaps = (target[:, None] - others).abs()
        themselves = number[:, None]
        candidates = [(scores + (magnify * gaps).log1p()).scatter(1, themselves, -torch.inf)]
        if shares is not None:
            share = shares.detach().to(own.dtype)[(themselves + numbers) % len(shares)]
            mixed = share * mixable.gather(1, themselves) + (1 - share) * mixable
            mixed = mixed + (magnify * (1 - share) * gaps).log1p()
            candidates.append(mixed.masked_fill(gaps == 0, -torch.inf))
        paired = low >= 0
        exclusive = _mixed_to(target, low.clamp_min(0), high.clamp_min(0), mixable, others)
        candidates.append(exclusive.masked_fill(~paired, -torch.inf))
        alike = (gaps == 0).scatter(1, themselves, False)
        positives = (scores * alike).sum(dim=1) + exclusive.masked_fill(~paired, 0).sum(dim=1)
        return torch.cat(candidates, dim=1).logsumexp(dim=1) - positives / (alike.sum(dim=1) + paired.sum(dim=1))

    block = block_rows(2 * count + lower.shape[1], block)
    # Autocast would round the similarities before their exponentials are added up.
    with torch.autocast(rows.device.type, enabled=False):
        scaled = rows * temperature**-0.5
        return blockwise_mean(loss, [scaled, labels, numbers, lower, higher], [scaled, labels], block=block)


def _mixed_to(target: Tensor, low: Tensor, high: Tensor, scores: Tensor, others: Tensor) -> Tensor:
    """Return the scores of the mixtures of rows low and high whose mixed target is the block's own: b x M."""
    beneath, above = others[low], others[high]
    apart = above - beneath
    # Where there is no pair, both sides may be the same row.
    share = (above - target[:, None]) / torch.where(apart > 0, apart, 1)
    return share * scores.gather(1, low) + (1 - share) * scores.gather(1, high)


def _check(
    anchor: Tensor, targets: Tensor, shares: Tensor | None, between: tuple[Tensor, Tensor] | None, magnify: float
) -> None:
    if targets.shape != anchor.shape[:1]:
        raise ValueError(f"expected {len(anchor)} targets, one an instance, got shape {tuple(targets.shape)}")
    if shares is not None and (shares.dim() != 1 or len(shares) == 0):
        raise ValueError(f"expected a list of shares, got shape {tuple(shares.shape)}")
    if between is not None:
        shapes = [tuple(side.shape) for side in between]
        if shapes[0] != shapes[1] or between[0].dim() != 2 or len(between[0]) != 2 * len(anchor):
            raise ValueError(f"expected two {2 * len(anchor)} x M tables of rows on both sides, got {shapes}")
    if magnify < 0:
        raise ValueError(f"magnify must not be negative, got {magnify}")


def neighbours_on_both_sides(
    targets: Tensor, *, window: float, pairs: int | None = None, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Return, for every row, pairs of rows whose targets lie below and above its own, less than the window away.

    Args:
        targets: the rows' targets (repeat them for the rows of two views).
        window: the largest distance, not attained, on either side; in units of the target.
        pairs: M pairs a row, drawn with replacement; ``None`` takes every pair, as the authors' code does: up to a
            quarter of the square of the rows, whose number the host must wait for.
        generator: source of the draws, on the targets' device.

    Shapes:
        targets: R -> R x M lower and R x M higher rows; -1 in both where a row has no such pair.

    Raises:
        ValueError: when the targets are not a list, or window or pairs are not positive.

    >>> neighbours_on_both_sides(torch.tensor([3.0, 1.0, 2.0]), window=2)
    (tensor([[-1],
            [-1],
            [ 1]]), tensor([[-1],
            [-1],
            [ 0]]))
    """
    if targets.dim() != 1 or len(targets) == 0:
        raise ValueError(f"expected a list of targets, got shape {tuple(targets.shape)}")
    if not window > 0 or (pairs is not None and pairs < 1):
        raise ValueError(f"window and pairs must be positive, got {window} and {pairs}")
    ordered, order = targets.detach().sort()
    first = torch.searchsorted(ordered, ordered - window, right=True)
    below = torch.searchsorted(ordered, ordered) - first
    start = torch.searchsorted(ordered, ordered, right=True)
    above = torch.searchsorted(ordered, ordered + window) - start
    if pairs is None:
        place = torch.arange(int((below * above).max()), device=targets.device).expand(len(order), -1)
        left, right = place // above.clamp_min(1)[:, None], place % above.clamp_min(1)[:, None]
        missing = place >= (below * above)[:, None]
    else:
        drawn = torch.rand(2, len(order), pairs, generator=generator, dtype=torch.float64, device=targets.device)
        left, right = (drawn[0] * below[:, None]).long(), (drawn[1] * above[:, None]).long()
        missing = ((below == 0) | (above == 0))[:, None].expand_as(left)
    # Places in the sorted list become rows, and the answers of the sorted list those of the rows.
    sides = []
    for begin, step in ((first, left), (start, right)):
        found = order[(begin[:, None] + step).clamp_max(len(order) - 1)].masked_fill(missing, -1)
        sides.append(torch.empty_like(found).index_copy_(0, order, found))
    return sides[0], sides[1]


class MixedPairs(nn.Module):
    """:func:`mixed_pairs` with freshly drawn mixtures in each call.

    Args:
        window: how far, in units of the target, the rows of a hard positive may lie from the anchor.
        temperature: positive scale of the similarities.
        concentration: a and b of the Beta(a, b) from which the anchor's shares come; the authors' code takes 2 and 8.
        pairs: hard positives drawn for a row; ``None`` takes all there are.
        magnify: as :func:`mixed_pairs`.

    Shapes:
        anchor, other: N x d; targets: N -> scalar.

    Raises:
        ValueError: when window, concentration or pairs are not positive, or as :func:`mixed_pairs`.
    """

    def __init__(
        self,
        *,
        window: float,
        temperature: float = 0.3,
        concentration: tuple[float, float] = (2.0, 8.0),
        pairs: int | None = 64,
        magnify: float = 1.0,
    ) -> None:
        super().__init__()
        if not window > 0 or min(concentration) <= 0 or (pairs is not None and pairs < 1):
            raise ValueError(
                f"window, concentration and pairs must be positive, got {window}, {concentration} and {pairs}"
            )
        self.window, self.temperature, self.concentration = window, temperature, concentration
        self.pairs, self.magnify = pairs, magnify

    def shares(self, anchor: Tensor) -> Tensor:
        """Return 2N draws of the anchor's share, in single precision."""
        shape = anchor.new_tensor(self.concentration, dtype=torch.float32)
        # A Beta variable is one Gamma variable's part of the sum of two.
        gamma = torch.distributions.Gamma(shape, torch.ones_like(shape), validate_args=False)
        parts = gamma.sample((2 * len(anchor),))
        return parts[:, 0] / parts.sum(dim=1)

    def forward(self, anchor: Tensor, other: Tensor, targets: Tensor, *, block: int | None = None) -> Tensor:
        """Return the loss of the views, whose mixtures come from torch's global generator."""
        between = neighbours_on_both_sides(targets.repeat(2), window=self.window, pairs=self.pairs)
        return mixed_pairs(
            anchor,
            other,
            targets,
            temperature=self.temperature,
            shares=self.shares(anchor),
            between=between,
            magnify=self.magnify,
            block=block,
        )
