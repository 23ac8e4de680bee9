"""BECLR's training loss: rows are pulled to their twins and to a memory's neighbours of these, and spread apart."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.losses.clustered_memory import ClusteredMemory
from core.losses.info_nce import check_views
from core.losses.log_mean_of_others import log_mean_of_others

Pair = tuple[Tensor, Tensor]
"""One tensor for the anchor's view and one for the other."""


def enriched_contrast(
    anchor: Tensor,
    other: Tensor,
    *,
    temperature: float,
    weight: float = 0.1,
    predictions: Pair | None = None,
    targets: Pair | None = None,
    further: Pair | None = None,
    block: int | None = None,
) -> Tensor:
    """Return the loss of two views whose rows i are positives of each other and of each other's further positives.

    ``-mean_i (p_i.m'_i + p'_i.m_i) / 2 + weight log mean_(x, y) exp(x.y / t)``. The prediction p_i from the anchor's
    row is pulled to m'_i, the mean of the other view's target i and its k further positives, and the other way round.
    The second term, over all pairs of the 2N rows that show different instances, spreads these.

    Source: Poulakakis-Daktylidis and Jamali-Rad, *BECLR: Batch Enhanced Contrastive Few-Shot Learning*, ICLR 2024,
    arXiv 2402.02444, as written in the authors' code. Without further positives it is theirs before the memory is in
    use and, with the views for targets, the loss of Lu et al., *Self-Supervision Can Be a Good Few-Shot Learner*,
    ECCV 2022. With them it differs: their code lengthens both views by stored neighbours and pairs neighbour with
    neighbour. No gradient flows into stored rows, so such pairs pull nothing, and a row is spread from its own
    neighbours. Here rows are pulled to the neighbours, as positives are. Theirs is this function of the lengthened
    views, without ``further``.

    Args:
        anchor, other: the two views, whose rows are spread; normalise all rows for cosine similarity.
        temperature: positive scale of the similarities in the second term; the authors take 2.
        weight: of the second term, not negative.
        predictions: what a further head makes of the views' rows; by default the rows.
        targets: the rows of both views by a momentum copy of the encoder; by default the views' own. No gradient flows
            into them.
        further: k rows for each row of the views, such as a memory's neighbours of the targets; none by default. No
            gradient flows into them.
        block: rows a block; memory is O(N x block + k N d), the result does not depend on it.

    Shapes:
        anchor, other, predictions, targets: N x d, N at least 2; further: N x k x d -> scalar.

    Raises:
        ValueError: when shapes disagree, there are no negatives, the weight is negative, or temperature or block size
            are not positive.

    >>> views = torch.eye(4)
    >>> enriched_contrast(views, views, temperature=2.0).item()  # twins alike, others at right angles
    -1.0
    >>> near = views[:, None].roll(1, 0)  # each row's further positive is at a right angle
    >>> enriched_contrast(views, views, temperature=2.0, further=(near, near)).item()
    -0.5
    """
    check_views(anchor, other, temperature)
    if weight < 0:
        raise ValueError(f"the weight must not be negative, got {weight}")
    predictions = (anchor, other) if predictions is None else predictions
    targets = (anchor, other) if targets is None else targets
    for one in (*predictions, *targets):
        check_views(anchor, one, temperature)
    if further is not None:
        _check_further(anchor, *further)
    with torch.autocast(anchor.device.type, enabled=False):
        ours, theirs = (_middles(targets, further, view) for view in (0, 1))
        pull = ((predictions[0] * theirs).sum(dim=1) + (predictions[1] * ours).sum(dim=1)).mean() / 2
        spread = log_mean_of_others(torch.cat([anchor, other]) * temperature**-0.5, len(anchor), block=block)
        return weight * spread - pull


def _check_further(anchor: Tensor, ours: Tensor, theirs: Tensor) -> None:
    count, width = anchor.shape
    if ours.dim() != 3 or ours.shape != theirs.shape or (len(ours), ours.shape[2]) != (count, width):
        raise ValueError(f"expected two of {count} x k x {width}, got {tuple(ours.shape)} and {tuple(theirs.shape)}")


def _middles(targets: Pair, further: Pair | None, view: int) -> Tensor:
    """Return the mean of each target and its further positives: N x d."""
    target = targets[view].detach()
    if further is None:
        return target
    return torch.cat([target[:, None], further[view].detach()], dim=1).mean(dim=1)


class EnrichedContrast(nn.Module):
    """:func:`enriched_contrast` with a predictor and a :class:`ClusteredMemory` that gives the further positives.

    Rows are compared by cosine. The memory holds the targets of both views; until it is full, the loss is that of the
    plain views. Batches go into the memory after their loss, in training only, so that no row is its own neighbour
    (the authors' code stores a batch first, and finds it again).

    Neighbours are as good as the encoder: those of an untrained one pull unlike rows together. Ask for them
    (``enrich``) once it has learned; the authors wait for 60 epochs. Where steps show the same instances again, as on
    a whole graph, a memory with room for more than one step finds an instance's own rows of the step before among its
    neighbours: ask for a few more.

    Args:
        width: d, the width of the views.
        capacity, clusters: of the memory; the defaults are the authors'.
        neighbours: further positives a row, k; the authors take 5.
        temperature, weight: as :func:`enriched_contrast`; the defaults are the authors'.
        predictor: whether a head of two layers, with a quarter of the width between them, makes predictions from the
            rows before they are pulled, as the authors' does.
        epsilon, iterations, seed: of the memory.

    Raises:
        ValueError: when there are fewer rows than clusters or neighbours, or none of these.
    """

    def __init__(
        self,
        width: int,
        *,
        capacity: int = 8000,
        clusters: int = 200,
        neighbours: int = 5,
        temperature: float = 2.0,
        weight: float = 0.1,
        predictor: bool = True,
        epsilon: float = 0.05,
        iterations: int = 3,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if not 1 <= neighbours <= capacity:
            raise ValueError(f"expected from 1 neighbour to the {capacity} rows kept, got {neighbours}")
        self.neighbours, self.temperature, self.weight = neighbours, temperature, weight
        self.memory = ClusteredMemory(capacity, width, clusters, epsilon=epsilon, iterations=iterations, seed=seed)
        self.predictor = _predictor(width) if predictor else nn.Identity()

    def forward(
        self,
        anchor: Tensor,
        other: Tensor,
        *,
        momentum: Pair | None = None,
        enrich: bool = True,
        block: int | None = None,
    ) -> Tensor:
        """Return the loss of the views, and store their targets.

        Args:
            momentum: the rows of both views by a momentum copy of the encoder (:class:`core.momentum.MomentumCopy`),
                the targets; by default the views themselves, without gradient.
            enrich: whether to take neighbours from the memory, if it is full.
            block: rows a block, of the pairs and of the search.

        Shapes:
            anchor, other: N x d -> scalar.
        """
        for one in (other, *(momentum or ())):
            check_views(anchor, one, self.temperature)
        rows = torch.cat([anchor, other])
        # Both views as one batch, as in the authors' code: its statistics are those of both.
        predicted = functional.normalize(self.predictor(rows), dim=1)
        targets = functional.normalize(torch.cat(momentum or (anchor, other)).detach(), dim=1)
        further: Tensor | None = None
        if enrich and self.memory.ready:
            further = self.memory.neighbours(targets, self.neighbours, block=block)
        loss = enriched_contrast(
            *_halves(functional.normalize(rows, dim=1)),
            temperature=self.temperature,
            weight=self.weight,
            predictions=_halves(predicted),
            targets=_halves(targets),
            further=None if further is None else _halves(further),
            block=block,
        )
        if self.training:
            self.memory.push(targets)
        return loss


def _halves(rows: Tensor) -> Pair:
    anchor, other = rows.chunk(2)
    return anchor, other


def _predictor(width: int) -> nn.Sequential:
    hidden = max(1, width // 4)
    return nn.Sequential(
        nn.Linear(width, hidden), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True), nn.Linear(hidden, width)
    )
