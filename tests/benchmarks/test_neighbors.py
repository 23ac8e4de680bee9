"""The benchmark of the index, on few vectors."""

import pytest
import torch

from benchmarks.neighbors import COLUMNS, generated, measure
from core.neighbors.hnsw import HnswSettings


def test_both_searches_are_measured() -> None:
    pytest.importorskip("hnswlib")
    found = measure("few", generated(300, 8), HnswSettings(), top=5, queries=40)
    assert (found.name, found.vectors, found.width) == ("few", 300, 8)
    assert found.recall > 0.98
    assert min(found.build_s, found.exact_s, found.index_s, found.exact_alone_s, found.index_alone_s) > 0
    cells = found.cells()
    assert len(cells) == 1 + len(COLUMNS)
    assert cells[-1] == f"{found.exact_alone_s / found.index_alone_s:.1f}x"


def test_generated_vectors_are_clustered_and_the_same_again() -> None:
    vectors = generated(500, 16)
    assert torch.equal(vectors, generated(500, 16))
    nearest = torch.cdist(vectors, vectors).fill_diagonal_(torch.inf).amin(dim=1)
    assert nearest.median() < 0.7 * torch.cdist(torch.randn(500, 16), torch.randn(500, 16)).amin(dim=1).median()
