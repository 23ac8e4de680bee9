"""Masked twins that change with the epoch, drawn where the views live."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from core.randomness import generator
from datasets.sparse import EdgeDropout, SparseMatrix, draw_dropped
from graphcl.views.structure import ViewSet


class Resampler:
    """Draws the masked twins of any epoch from the seed and the epoch alone.

    Args:
        views: what stays the same from epoch to epoch.
        adjacency: of every path by name, N x N SciPy.
        feature_mask: rate at which the target's features lose entries.
        edge_mask: rate at which each path loses edges, by name.
        transpose: propagate along the transposed adjacency.
        seed: same seed and epoch, same twins (on the same type of device).
        device: where the views live.
    """

    def __init__(
        self,
        views: ViewSet,
        adjacency: Mapping[str, Any],
        *,
        feature_mask: float,
        edge_mask: Mapping[str, float],
        transpose: bool,
        seed: int,
        device: torch.device | str,
    ) -> None:
        self._views = views
        self._feature_mask = feature_mask
        self._edge_mask = edge_mask
        self._seed = seed
        self._device = device
        self._edges = {
            name: EdgeDropout(matrix, transpose=transpose, device=device) for name, matrix in adjacency.items()
        }
        features = views.features[views.target]
        # An identity has one entry a node.
        self._features = torch.ones(views.sizes[views.target], 1, device=device) if features is None else features
        self._entries = _entries(self._features)

    def draw(self, epoch: int) -> ViewSet:
        """Return the views with the epoch's twins."""
        source = generator(self._seed, "masks", epoch, device=self._device)
        masked = self._mask(source)
        paths = tuple(
            replace(path, masked=self._edges[path.name].draw(self._edge_mask[path.name], source))
            for path in self._views.paths
        )
        return replace(self._views, masked=masked, paths=paths)

    def _mask(self, source: torch.Generator) -> SparseMatrix | Tensor:
        dropped = self._entries[draw_dropped(len(self._entries), self._feature_mask, source)]
        if isinstance(self._features, SparseMatrix):
            return self._features.with_values(self._features.csr.values().index_fill(0, dropped, 0))
        return self._features.flatten().index_fill(0, dropped, 0).view_as(self._features)


def _entries(features: SparseMatrix | Tensor) -> Tensor:
    """Return where the entries that can be lost lie among the values that are stored."""
    if isinstance(features, SparseMatrix):
        return torch.arange(features.nnz, device=features.device)
    return features.flatten().nonzero().squeeze(1)
