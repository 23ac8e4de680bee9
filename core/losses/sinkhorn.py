"""Balanced soft assignments of points to prototypes by Sinkhorn's iterations, in the log domain and in blocks."""

import torch
from torch import Tensor

from core.losses.blockwise import block_rows


def sinkhorn_scalings(
    points: Tensor,
    prototypes: Tensor,
    *,
    epsilon: float,
    iterations: int = 3,
    present: Tensor | None = None,
    block: int | None = None,
) -> Tensor:
    """Return g, the logarithms by which prototypes are scaled so that all of them get an equal share of the points.

    The assignments are ``Q = Diag(u) exp(z.c / epsilon) Diag(v)`` whose rows sum to 1 and whose columns sum to N / K
    (Caron et al., *Unsupervised Learning of Visual Features by Contrasting Cluster Assignments*, NeurIPS 2020, section
    3.1; the order of the steps is that of the authors' code). A row of Q is ``softmax(z.c / epsilon + g)``, so that g
    is all that need be kept: each iteration scales columns, then rows. No gradient flows.

    Args:
        points, prototypes: what is assigned, and to what; normalise their rows for cosine similarity. Leading
            dimensions (...) hold problems of their own, solved side by side.
        epsilon: how soft the assignments are, in units of the similarity.
        iterations: how often columns and rows are scaled; columns are the more even the more there are.
        present: true for the points that count, one at least; by default all do.
        block: points a block; memory is O(K x block) a problem, the result does not depend on it.

    Shapes:
        points: ... x N x d; prototypes: ... x K x d; present: ... x N, boolean -> ... x K.

    Raises:
        ValueError: when shapes disagree, there are no points, or epsilon, iterations or block size are not positive.
    """
    batches = points.shape[:-2] == prototypes.shape[:-2] and points.dim() == prototypes.dim() >= 2
    if not batches or points.shape[-1] != prototypes.shape[-1]:
        raise ValueError(
            f"expected ... x N x d points and ... x K x d prototypes, got {(*points.shape,)} and {(*prototypes.shape,)}"
        )
    if points.shape[-2] == 0 or prototypes.shape[-2] == 0:
        raise ValueError("there must be points and prototypes to assign them to")
    if epsilon <= 0 or iterations < 1:
        raise ValueError(f"epsilon and iterations must be positive, got {epsilon} and {iterations}")
    block = block_rows(prototypes.shape[:-1].numel(), block)
    with torch.no_grad(), torch.autocast(points.device.type, enabled=False):
        scaled = prototypes / epsilon
        weights = points.new_zeros(points.shape[:-1])
        if present is not None:
            weights = weights.masked_fill(~present, -torch.inf)
        # What fits into one block is not computed again in every iteration.
        whole = points @ scaled.mT if points.shape[-2] <= block else None
        scalings = points.new_zeros(prototypes.shape[:-1])
        for step in range(iterations):
            sums = []
            for rows, weight in zip(points.split(block, dim=-2), weights.split(block, dim=-1), strict=True):
                scores = rows @ scaled.mT if whole is None else whole
                shares = weight if step == 0 else weight - (scores + scalings[..., None, :]).logsumexp(dim=-1)
                sums.append((scores + shares[..., None]).logsumexp(dim=-2))
            scalings = -torch.stack(sums).logsumexp(dim=0)
            # A constant changes no row's softmax; left in, it would cost digits.
            scalings = scalings - scalings.mean(dim=-1, keepdim=True)
        return scalings


def sinkhorn_assignments(
    points: Tensor, prototypes: Tensor, *, epsilon: float, iterations: int = 3, block: int | None = None
) -> Tensor:
    """Return the dense assignments of :func:`sinkhorn_scalings`: a row sums to 1, a column to about N / K.

    Shapes:
        points: ... x N x d; prototypes: ... x K x d -> ... x N x K.

    Raises:
        ValueError: as :func:`sinkhorn_scalings`.

    >>> sinkhorn_assignments(torch.ones(4, 2), torch.eye(2), epsilon=0.05)[0].tolist()
    [0.5, 0.5]
    """
    scalings = sinkhorn_scalings(points, prototypes, epsilon=epsilon, iterations=iterations, block=block)
    with torch.no_grad(), torch.autocast(points.device.type, enabled=False):
        return (points @ (prototypes / epsilon).mT + scalings[..., None, :]).softmax(dim=-1)
