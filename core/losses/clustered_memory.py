"""BECLR's dynamic clustered memory: past rows in partitions of equal inflow, to draw further positives from."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.clustering import spherical_kmeans
from core.losses.blockwise import block_rows
from core.losses.sinkhorn import sinkhorn_scalings


class ClusteredMemory(nn.Module):
    """DyCE: the last rows of a view, partitioned around prototypes that follow them.

    Source: Poulakakis-Daktylidis and Jamali-Rad, *BECLR: Batch Enhanced Contrastive Few-Shot Learning*, ICLR 2024,
    arXiv 2402.02444, section 4, and the authors' code. Once full, the memory is clustered by k-means, by the
    best of ten starts. From then on:

    - :meth:`neighbours` takes a row to its nearest prototype and returns the memory's rows most similar to it there;
    - :meth:`push` assigns a batch to the prototypes by optimal transport, so that all get an equal share of it, puts
      it in the place of the oldest rows, and makes each prototype the mean of its partition; one whose partition is
      empty stays where it is.

    Rows are compared by cosine and kept at unit length. Everything is part of a checkpoint and, given the same rows,
    the same. The host knows how many rows there are: nothing is read back from the device.

    Args:
        capacity: rows kept; the authors take 40 a cluster.
        width: d, the width of the rows.
        clusters: how many partitions, from 1 to the capacity; the authors take 200.
        epsilon: how soft the transport is, in units of the cosine.
        iterations: Sinkhorn's iterations.
        seed: of the clustering's starts.

    Raises:
        ValueError: when there are fewer rows than clusters or clusters than one.
    """

    rows: Tensor
    partition: Tensor
    prototypes: Tensor

    def __init__(
        self,
        capacity: int,
        width: int,
        clusters: int,
        *,
        epsilon: float = 0.05,
        iterations: int = 3,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if not 1 <= clusters <= capacity:
            raise ValueError(f"expected from 1 cluster to as many as the {capacity} rows, got {clusters}")
        self.epsilon, self.iterations, self.seed = epsilon, iterations, seed
        self.stored = 0
        self.register_buffer("rows", torch.zeros(capacity, width))
        self.register_buffer("partition", torch.zeros(capacity, dtype=torch.int64))
        self.register_buffer("prototypes", torch.zeros(clusters, width))

    @property
    def ready(self) -> bool:
        """Whether the memory has been filled, and so has partitions."""
        return self.stored >= len(self.rows)

    @torch.no_grad()
    def neighbours(self, rows: Tensor, count: int, *, block: int | None = None) -> Tensor:
        """Return the ``count`` stored rows most similar to each row, most similar first.

        They come from the partition of the row's nearest prototype, and from all others once that is exhausted.

        Args:
            block: rows a block; memory is O(block x capacity), the result does not depend on it.

        Shapes:
            rows: B x d -> B x count x d, unit length.

        Raises:
            ValueError: before the memory is ready, when it holds fewer rows than asked for, or the block size is not
                positive.
        """
        if not self.ready:
            raise ValueError(f"the memory has no partitions yet: it holds {self.stored} of {len(self.rows)} rows")
        if not 1 <= count <= len(self.rows):
            raise ValueError(f"expected from 1 neighbour to the {len(self.rows)} rows kept, got {count}")
        block = block_rows(len(self.rows), block)
        found = []
        with torch.autocast(rows.device.type, enabled=False):
            for part in self._units(rows).split(block):
                nearest = (part @ self.prototypes.T).argmax(dim=1)
                # Cosines lie within 2 of each other: strangers come after all members, whatever theirs.
                strange = nearest[:, None] != self.partition
                scores = part @ self.rows.T - 4 * strange
                found.append(scores.topk(count, dim=1).indices)
        return self.rows[torch.cat(found)]

    @torch.no_grad()
    def push(self, rows: Tensor) -> None:
        """Store a batch in the place of the oldest rows, and let the prototypes follow.

        Shapes:
            rows: B x d.
        """
        capacity = len(self.rows)
        with torch.autocast(rows.device.type, enabled=False):
            units = self._units(rows)
            assigned = self._transport(units) if self.ready else self.partition.new_zeros(len(units))
            # Of a batch larger than the memory the last rows stay.
            kept = min(len(units), capacity)
            first = self.stored + len(units) - kept
            places = (torch.arange(kept, device=units.device) + first) % capacity
            self.rows.index_copy_(0, places, units[len(units) - kept :])
            self.partition.index_copy_(0, places, assigned[len(units) - kept :])
            clustered = self.ready
            self.stored += len(units)
            if clustered:
                self.prototypes.copy_(self._means())
            elif self.ready:
                starts = torch.Generator().manual_seed(self.seed)
                (found,) = spherical_kmeans(self.rows, [len(self.prototypes)], starts=10, generator=starts)
                self.partition.copy_(found.assignment)
                self.prototypes.copy_(found.centroids)

    def _units(self, rows: Tensor) -> Tensor:
        return functional.normalize(rows.detach().to(self.rows.dtype), dim=1)

    def _transport(self, units: Tensor) -> Tensor:
        scalings = sinkhorn_scalings(units, self.prototypes, epsilon=self.epsilon, iterations=self.iterations)
        return (units @ self.prototypes.T / self.epsilon + scalings).argmax(dim=1)

    def _means(self) -> Tensor:
        """Return the partitions' means at unit length, where there are any, else the prototypes there were."""
        sums = torch.zeros_like(self.prototypes).index_add_(0, self.partition, self.rows)
        lengths = sums.norm(dim=1, keepdim=True)
        return torch.where(lengths > 0, sums / lengths.clamp_min(1e-12), self.prototypes)

    def get_extra_state(self) -> Tensor:
        """Return how many rows were ever stored: the newest one's place, and whether there are partitions."""
        return torch.tensor(self.stored)

    def set_extra_state(self, state: Tensor) -> None:
        """Take up where a checkpoint left off."""
        self.stored = int(state)
