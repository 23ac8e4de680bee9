"""The nearest vectors by an index: a graph through which a search walks from near to nearer."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from core.errors import UserError
from core.extras import import_extra
from core.neighbors.search import Found, Measure, check_finite
from core.settings import Section

_SEED = 0


class HnswSettings(Section):
    """The shape of an index; the literature's names are M, ef_construction and ef.

    Attributes:
        links: of a vector in the graph, in each layer but the lowest, which has twice as many.
        build_width: candidates kept while a vector is put in.
        search_width: candidates kept in a search, at least as many as are asked for. It is no part of a built index.
    """

    links: int = Field(16, ge=2, le=512)
    build_width: int = Field(200, ge=1)
    search_width: int = Field(64, ge=1)

    def builds_like(self, other: "HnswSettings") -> bool:
        """Say whether both build the same index."""
        return (self.links, self.build_width) == (other.links, other.build_width)


class HnswIndex:
    """Searches by cosine in a hierarchical navigable small world, not quite exactly and without seeing all vectors.

    Malkov and Yashunin, *Efficient and Robust Approximate Nearest Neighbor Search Using Hierarchical Navigable Small
    World Graphs*, TPAMI 2020, by hnswlib, the extra `serve`. There is none for products, which are no metric: among
    Beauty's items the same graph over products finds 86 % of the ten largest, over cosines 99.6 % of the ten nearest.
    """

    measure: Measure = "cosine"

    def __init__(self, index: Any, settings: HnswSettings) -> None:
        self._index = index
        self._width = settings.search_width

    @classmethod
    def build(cls, vectors: Tensor, settings: HnswSettings, *, threads: int | None = None) -> "HnswIndex":
        """Put vectors into a new index; with a single thread, always the same one.

        Args:
            vectors: those that are searched.
            settings: of the graph.
            threads: [default: torch's].

        Shapes:
            vectors: N x d.

        Raises:
            UserError: when hnswlib is missing, and when the vectors hold NaN or an infinite number.
        """
        check_finite(vectors)
        index = import_extra("hnswlib", "serve").Index(space="cosine", dim=vectors.shape[1])
        index.init_index(len(vectors), M=settings.links, ef_construction=settings.build_width, random_seed=_SEED)
        index.add_items(vectors.float().cpu().numpy(), num_threads=threads or torch.get_num_threads())
        return cls(index, settings)

    @classmethod
    def load(cls, path: Path, width: int, settings: HnswSettings) -> "HnswIndex":
        """Read an index of vectors of `width` numbers that `save` wrote: hnswlib's own format, no pickle.

        The file must be known to be sound, for hnswlib trusts it. Raises UserError when hnswlib is missing.
        """
        index = import_extra("hnswlib", "serve").Index(space="cosine", dim=width)
        index.load_index(str(path))
        return cls(index, settings)

    def save(self, path: Path) -> None:
        """Write the index."""
        self._index.save_index(str(path))

    def __len__(self) -> int:
        return int(self._index.get_current_count())

    def vectors_of(self, rows: Tensor) -> Tensor:
        """Return the vectors with these numbers, n -> n x d, of length 1."""
        return torch.from_numpy(np.asarray(self._index.get_items(rows.numpy()), dtype=np.float32))

    def search(self, queries: Tensor, k: int) -> Found:
        """Return about the `k` nearest vectors of each query, or all N.

        Shapes:
            queries: Q x d.

        Raises:
            UserError: when the graph does not reach as many from somewhere, as among many equal vectors.
        """
        k, width = min(k, len(self)), max(self._width, k)
        asked = queries.float().cpu().numpy()
        while True:
            self._index.set_ef(width)
            try:
                rows, distances = self._index.knn_query(asked, k=k, num_threads=torch.get_num_threads())
            except RuntimeError:  # fewer than k were reached
                if width >= len(self):
                    raise UserError(
                        f"the index does not reach {k} neighbours of every vector; search exactly, or build it with "
                        "more links"
                    ) from None
                width *= 2
            else:
                return Found(torch.from_numpy(rows.astype(np.int64)), torch.from_numpy(1 - distances))
