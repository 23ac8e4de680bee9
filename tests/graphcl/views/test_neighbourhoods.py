"""Neighbours and degrees in the coarse view."""

import numpy as np

from graphcl.views import ViewBuilder, ViewSettings, log_degrees, strongest_neighbours
from tests.graphcl.tiny_graph import tiny_graph


def test_the_strongest_neighbours_are_kept() -> None:
    views = ViewBuilder(tiny_graph(("PP", "PACAP")), ViewSettings(top_k=6), seed=0, device="cpu").views()
    dense = views.coarse.to_scipy().toarray()
    np.fill_diagonal(dense, 0)
    edges = strongest_neighbours(views, 3).numpy()
    for node, weights in enumerate(dense):
        kept = edges[1][edges[0] == node]
        assert len(kept) == len(set(kept)) == min(3, np.count_nonzero(weights))
        rest = np.delete(weights, kept)
        assert not len(kept) or (weights[kept].min() > 0 and weights[kept].min() >= rest.max())


def test_degrees_count_the_links() -> None:
    views = ViewBuilder(tiny_graph(("PP", "PACAP")), ViewSettings(top_k=6), seed=0, device="cpu").views()
    counts = np.count_nonzero(views.coarse.to_scipy().toarray(), axis=1)
    np.testing.assert_allclose(log_degrees(views).numpy(), np.log1p(counts), rtol=1e-6)
