"""SwAV's swapped prediction: each view foretells to which prototypes the other views' rows are assigned."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.losses.blockwise import block_rows, blockwise_mean
from core.losses.sinkhorn import sinkhorn_scalings


class AssignmentQueue(nn.Module):
    """The last rows of a view, which balance the assignments of batches too small to do it alone.

    Source: as :func:`swapped_prediction`, section 4.1. The authors' code waits until the queue is full; here rows count
    as soon as they are there. The buffers are part of a checkpoint; nothing is read by the host.

    Args:
        capacity: how many rows are kept.
        width: d, the width of the views.
    """

    rows: Tensor
    present: Tensor

    def __init__(self, capacity: int, width: int) -> None:
        super().__init__()
        if capacity < 1:
            raise ValueError(f"the queue must hold rows, got a capacity of {capacity}")
        self.register_buffer("rows", torch.zeros(capacity, width))
        self.register_buffer("present", torch.zeros(capacity, dtype=torch.bool))

    def joined(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Return the points and the queue's rows below each other, and which of them are present.

        Shapes:
            points: N x d -> (N + capacity) x d and N + capacity, boolean.
        """
        rows = torch.cat([points.detach(), self.rows.to(points.dtype)])
        return rows, torch.cat([self.present.new_ones(len(points)), self.present])

    def push(self, points: Tensor) -> None:
        """Put the points in front of the queue; the oldest rows fall out at its end.

        Shapes:
            points: N x d.
        """
        rows, present = self.joined(points)
        self.rows.copy_(rows[: len(self.rows)])
        self.present.copy_(present[: len(self.present)])


def swapped_prediction(
    views: Sequence[Tensor],
    prototypes: Tensor,
    *,
    temperature: float,
    epsilon: float = 0.05,
    iterations: int = 3,
    queues: Sequence[AssignmentQueue] = (),
    block: int | None = None,
) -> Tensor:
    """Return the mean over rows and ordered pairs of views (v, w) of ``-sum_k q_v^k log p_w^k``.

    ``p_w = softmax(z_w.c / t)`` is what view w foretells, ``q_v`` the assignments that Sinkhorn's iterations give view
    v's rows (:func:`core.losses.sinkhorn.sinkhorn_scalings`), through which no gradient flows (Caron et al.,
    *Unsupervised Learning of Visual Features by Contrasting Cluster Assignments*, NeurIPS 2020, equations 1 and 2).
    Equation 1 adds up the two directions; as the authors' code does, this is their mean.

    Args:
        views: two views at least; normalise their rows for cosine similarity.
        prototypes: the clusters' directions, which need gradients (:class:`SwappedPrediction` holds them).
        temperature: positive scale of the similarities in the predictions.
        epsilon: how soft the assignments are, in units of the similarity.
        iterations: Sinkhorn's iterations.
        queues: none, or one a view, whose rows take part in the balance; they are left as they are.
        block: rows a block; memory is O(K x block), the result does not depend on it.

    Shapes:
        views: N x d each; prototypes: K x d -> scalar.

    Raises:
        ValueError: when shapes or the number of queues disagree, or a scale, count or block size is not positive.

    >>> views = torch.eye(4)
    >>> loss = swapped_prediction([views, views], torch.eye(4), temperature=1.0)
    >>> round(loss.item(), 4)  # each row to its own prototype: log(e + 3) - 1
    0.7437
    """
    shapes = [tuple(view.shape) for view in views]
    if len(views) < 2 or len(set(shapes)) != 1 or len(shapes[0]) != 2:
        raise ValueError(f"expected two N x d views at least, got {shapes}")
    if temperature <= 0:
        raise ValueError(f"the temperature must be positive, got {temperature}")
    if len(queues) not in (0, len(views)):
        raise ValueError(f"expected one queue a view, got {len(queues)} for {len(views)} views")
    block = block_rows(len(prototypes), block)
    scalings = []
    for number, view in enumerate(views):
        points, present = queues[number].joined(view) if queues else (view, None)
        found = sinkhorn_scalings(
            points, prototypes, epsilon=epsilon, iterations=iterations, present=present, block=block
        )
        scalings.append(found)

    def loss(*tensors: Tensor) -> Tensor:
        *rows, centres, balance = tensors
        scores = torch.stack(rows) @ centres.T
        foretold = (scores / temperature).log_softmax(dim=2)
        assigned = (scores.detach() / epsilon + balance[:, None]).softmax(dim=2)
        # All ordered pairs at once: those of a view with itself are taken off the sum over all.
        own = (assigned * foretold).sum(dim=(0, 2))
        return own - (assigned.sum(dim=0) * foretold.sum(dim=0)).sum(dim=1)

    total = blockwise_mean(loss, list(views), [prototypes, torch.stack(scalings)], block=block)
    return total / (len(views) * (len(views) - 1))


class SwappedPrediction(nn.Module):
    """:func:`swapped_prediction` with prototypes of its own and, for small batches, a queue a view.

    The prototypes are used at unit length, as in the authors' code (which rescales the parameter itself). Batches go
    into the queues after their loss, in training only.

    Args:
        width: d, the width of the views.
        prototypes: K, how many prototypes; several times the clusters that one expects.
        temperature, epsilon, iterations: as :func:`swapped_prediction`; the defaults are the authors'.
        views: how many views there will be; only queues depend on it.
        queue: rows that each view's queue holds; 0 for none.

    Raises:
        ValueError: when there is not one prototype.

    Shapes:
        views: N x d each -> scalar.
    """

    def __init__(
        self,
        width: int,
        prototypes: int,
        *,
        temperature: float = 0.1,
        epsilon: float = 0.05,
        iterations: int = 3,
        views: int = 2,
        queue: int = 0,
    ) -> None:
        super().__init__()
        if prototypes < 1:
            raise ValueError(f"there must be prototypes, got {prototypes}")
        self.temperature, self.epsilon, self.iterations = temperature, epsilon, iterations
        self.weight = nn.Parameter(functional.normalize(torch.randn(prototypes, width), dim=1))
        self.queues = nn.ModuleList(AssignmentQueue(queue, width) for _ in range(views if queue else 0))

    def prototypes(self) -> Tensor:
        """Return the prototypes at unit length: K x d."""
        return functional.normalize(self.weight, dim=1)

    def forward(self, *views: Tensor, block: int | None = None) -> Tensor:
        """Return the loss of the views, and take note of their rows where there are queues."""
        queues = [queue for queue in self.queues if isinstance(queue, AssignmentQueue)]
        loss = swapped_prediction(
            views,
            self.prototypes(),
            temperature=self.temperature,
            epsilon=self.epsilon,
            iterations=self.iterations,
            queues=queues,
            block=block,
        )
        if self.training:
            for queue, view in zip(queues, views, strict=False):
                queue.push(view)
        return loss
