"""Neighbours by name, for several at once."""

import numpy as np
import torch

from core.neighbors import ExactSearch
from core.serving.neighborhood import Nearby, Neighborhood
from core.serving.problems import UnknownIdError

IDS = np.array([30, 7, 19, 4])
VECTORS = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.0, 2.0], [-1.0, 0.0]])


def test_names_come_out_nearest_first() -> None:
    neighborhood = Neighborhood(IDS, ExactSearch(VECTORS))
    first, unknown, second = neighborhood.find_together([Nearby("30", 2), Nearby("3", 5), Nearby("19", 10)])
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert [name for name, _ in first] == ["7", "19"]
    assert second[0][0] == "7"
    assert len(second) == 3
    np.testing.assert_allclose([cosine for _, cosine in first], [0.8, 0.0], atol=1e-6)
    assert isinstance(unknown, UnknownIdError)
    assert "no node or item '3' among the 4; did you mean 30?" in str(unknown)


def test_nobody_is_known() -> None:
    (unknown,) = Neighborhood(IDS, ExactSearch(VECTORS)).find_together([Nearby("x", 1)])
    assert isinstance(unknown, UnknownIdError)
