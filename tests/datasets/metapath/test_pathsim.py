import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric.data import HeteroData

from core.errors import UserError
from datasets import GraphDataset
from datasets.metapath import parse_meta_path, pathsim, top_k_adjacency


def bipartite(incidence: np.ndarray, checksum: str = "") -> GraphDataset:
    """Papers x authors 0/1 -> the data set with the meta-path paper-author-paper."""
    graph = HeteroData()
    graph["paper"].num_nodes, graph["author"].num_nodes = incidence.shape
    graph["paper", "writes", "author"].edge_index = torch.from_numpy(np.stack(np.nonzero(incidence)))
    path = parse_meta_path(
        "PAP",
        ["paper", "author", "paper"],
        target="paper",
        types=graph.node_types,
        relations={"writes": ("paper", "author")},
    )
    name = checksum or incidence.tobytes().hex() + str(incidence.shape)
    return GraphDataset("toy", graph, "paper", (path,), None, {}, np.arange(len(incidence)), name)


def path_similarity(counts: np.ndarray) -> np.ndarray:
    diagonal = np.diag(counts).astype(np.float64)
    return 2 * counts / np.maximum(diagonal[:, None] + diagonal[None, :], 1e-300)


incidences = st.tuples(st.integers(1, 14), st.integers(1, 6), st.integers(0, 2**32 - 1)).map(
    lambda drawn: (np.random.default_rng(drawn[2]).random(drawn[:2]) < 0.4).astype(np.int64)
)


@settings(max_examples=60, deadline=None)
@given(incidence=incidences, k=st.integers(1, 8), ties=st.sampled_from(["random", "index"]))
def test_each_row_keeps_its_most_similar(incidence: np.ndarray, k: int, ties: str) -> None:
    dataset = bipartite(incidence)
    found = top_k_adjacency(dataset, dataset.meta_paths[0], k, ties=ties).toarray()
    counts = incidence @ incidence.T
    similar = path_similarity(counts)
    for row in range(len(counts)):  # the slow and plain way
        kept = np.flatnonzero(found[row])
        reachable = np.flatnonzero(counts[row])
        assert len(kept) == min(k, len(reachable))
        assert set(kept) <= set(reachable)
        assert found[row, kept].tolist() == counts[row, kept].tolist()
        best = np.sort(similar[row, reachable])[::-1][: len(kept)]
        assert np.sort(similar[row, kept])[::-1].tolist() == best.tolist()
        assert counts[row, row] == 0 or row in kept
        if ties == "index":
            order = sorted(reachable, key=lambda other: (other != row, -similar[row, other], other))
            assert sorted(order[:k]) == kept.tolist()


@settings(max_examples=25, deadline=None)
@given(incidence=incidences, k=st.integers(1, 5), block=st.integers(1, 16))
def test_block_size_changes_nothing(incidence: np.ndarray, k: int, block: int) -> None:
    # Other checksums, so that the second call cannot take the first one's answer from the cache.
    whole, cut = bipartite(incidence, f"whole{incidence}{k}"), bipartite(incidence, f"cut{incidence}{k}{block}")
    a = top_k_adjacency(whole, whole.meta_paths[0], k)
    b = top_k_adjacency(cut, cut.meta_paths[0], k, block=block)
    assert (a != b).nnz == 0


def test_memory_bound_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    incidence = (np.random.default_rng(0).random((60, 9)) < 0.3).astype(np.int64)
    a, b = bipartite(incidence, "a"), bipartite(incidence, "b")
    expected = top_k_adjacency(a, a.meta_paths[0], 7)
    monkeypatch.setattr(pathsim, "_MAX_ENTRIES", 100)
    assert (expected != top_k_adjacency(b, b.meta_paths[0], 7)).nnz == 0


def test_ties_are_drawn_evenly_row_by_row_and_by_seed() -> None:
    clique = bipartite(np.ones((200, 1), dtype=np.int64))
    path = clique.meta_paths[0]
    drawn = top_k_adjacency(clique, path, 41)
    assert np.diff(drawn.indptr).tolist() == [41] * 200
    assert drawn.diagonal().tolist() == [1.0] * 200
    popularity = np.bincount(drawn.indices, minlength=200) - 1
    # Binomial with mean 40 and deviation 5.7; lowest-id-first would give 199 and 0.
    assert popularity.min() > 40 - 6 * 5.7
    assert popularity.max() < 40 + 6 * 5.7
    assert len({tuple(row) for row in drawn.indices.reshape(200, 41)}) == 200
    assert (drawn != top_k_adjacency(clique, path, 41, seed=1)).nnz > 0
    first = top_k_adjacency(clique, path, 41, ties="index")
    assert first[100].indices.tolist() == [*range(40), 100]


def test_isolated_nodes_have_empty_rows() -> None:
    dataset = bipartite(np.array([[1, 0], [0, 0], [1, 1]]))
    found = top_k_adjacency(dataset, dataset.meta_paths[0], 3)
    assert np.diff(found.indptr).tolist() == [2, 0, 2]
    assert np.isfinite(found.data).all()


def test_k_below_one_is_refused() -> None:
    dataset = bipartite(np.eye(3, dtype=np.int64))
    with pytest.raises(UserError, match="PAP: top_k is 0"):
        top_k_adjacency(dataset, dataset.meta_paths[0], 0)


def test_kept_products_survive_damage(cache_of_its_own) -> None:
    dataset = bipartite(np.eye(5, dtype=np.int64)[:, :3])
    path = dataset.meta_paths[0]
    expected = top_k_adjacency(dataset, path, 2)
    (kept,) = cache_of_its_own.rglob("*.npz")
    kept.write_bytes(kept.read_bytes()[:100])
    assert (expected != top_k_adjacency(dataset, path, 2)).nnz == 0
    assert kept.stat().st_size > 100
