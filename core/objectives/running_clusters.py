"""Clusters that follow their rows from step to step, so that a cluster's number keeps its meaning."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.clustering import spherical_kmeans


class RunningClusters(nn.Module):
    """Online spherical k-means: centres that move a little towards their rows in every training step.

    The first rows are clustered by k-means. From then on each row belongs to the nearest centre, and each centre
    becomes ``normalise(momentum c + (1 - momentum) mean of its rows)``; a centre without rows stays. The centres are
    part of a checkpoint.

    Args:
        clusters, width: K and d.
        momentum: how much of a centre stays, 0 to 1.
        seed: of the first clustering.

    Shapes:
        rows: N x d, unit length -> N numbers of clusters, int64.
    """

    centres: Tensor

    def __init__(self, clusters: int, width: int, *, momentum: float = 0.9, seed: int = 0) -> None:
        super().__init__()
        self.momentum, self._seed, self._begun = momentum, seed, False
        self.register_buffer("centres", torch.zeros(clusters, width))

    @torch.no_grad()
    def forward(self, rows: Tensor) -> Tensor:
        """Return each row's cluster; while training, let the centres follow."""
        rows = rows.detach()
        if not self._begun:
            first = torch.Generator().manual_seed(self._seed)
            (found,) = spherical_kmeans(rows, [len(self.centres)], starts=4, generator=first)
            self.centres.copy_(found.centroids)
            self._begun = True
        numbers = (rows @ self.centres.T).argmax(dim=1)
        if self.training:
            sums = torch.zeros_like(self.centres).index_add_(0, numbers, rows)
            sizes = self.centres.new_zeros(len(self.centres)).index_add_(0, numbers, rows.new_ones(len(rows)))
            means = sums / sizes.clamp_min(1)[:, None]
            moved = functional.normalize(self.momentum * self.centres + (1 - self.momentum) * means, dim=1)
            self.centres.copy_(torch.where(sizes[:, None] > 0, moved, self.centres))
        return numbers

    def get_extra_state(self) -> Tensor:
        """Return whether the first rows have been clustered."""
        return torch.tensor(self._begun)

    def set_extra_state(self, state: Tensor) -> None:
        """Take up where a checkpoint left off."""
        self._begun = bool(state)
