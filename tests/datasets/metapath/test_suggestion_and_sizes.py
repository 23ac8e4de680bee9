import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_geometric.data import HeteroData

from core.errors import UserError
from datasets.metapath.parsing import parse_meta_path
from datasets.metapath.sizes import path_size
from datasets.metapath.suggestion import suggest_meta_paths

SCHEMA = {
    "writes": ("author", "paper"),
    "appears": ("paper", "venue"),
    "cites": ("paper", "paper"),
    "tagged": ("venue", "tag"),
}


def test_paths_go_out_and_come_back_the_same_way() -> None:
    found = suggest_meta_paths("paper", SCHEMA, 4)
    assert found == {
        "PP": ("paper", "paper"),
        "PAP": ("paper", "author", "paper"),
        "PVP": ("paper", "venue", "paper"),
        "PVTVP": ("paper", "venue", "tag", "venue", "paper"),
    }
    assert list(suggest_meta_paths("author", SCHEMA, 6)) == ["APA", "APVPA", "APVTVPA"]
    assert list(suggest_meta_paths("paper", SCHEMA, 2)) == ["PP", "PAP", "PVP"]


def test_a_relation_is_named_where_two_would_do() -> None:
    schema = {"acts": ("person", "movie"), "directs": ("person", "movie"), "set-in": ("movie", "city")}
    found = suggest_meta_paths("person", schema, 4)
    assert found["PMP-acts"] == ("person", "acts", "movie", "acts", "person")
    assert found["PMCMP-directs"] == ("person", "directs", "movie", "city", "movie", "directs", "person")
    assert len(found) == 4
    loops = suggest_meta_paths("p", {"likes": ("p", "p"), "knows": ("p", "p")}, 2)
    assert loops == {"PP-likes": ("p", "likes", "p"), "PP-knows": ("p", "knows", "p")}


def test_types_with_one_initial_are_written_out() -> None:
    assert list(suggest_meta_paths("paper", {"by": ("paper", "person")}, 2)) == ["paper-person-paper"]


def test_all_that_is_suggested_can_be_walked() -> None:
    schema = SCHEMA | {"reviews": ("author", "paper")}
    for target in ("paper", "author", "venue", "tag"):
        for name, tokens in suggest_meta_paths(target, schema, 6).items():
            types = {"paper", "author", "venue", "tag"}
            path = parse_meta_path(name, tokens, target=target, types=types, relations=schema)
            assert (path.types[0], path.types[-1]) == (target, target)
            assert len(path.steps) <= 6


def test_a_schema_without_a_way_back_is_told() -> None:
    with pytest.raises(UserError, match="no relation leads from island"):
        suggest_meta_paths("island", SCHEMA, 4)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(1, 8), st.floats(0, 0.6))
def test_sizes_agree_with_dense_products(seed: int, papers: int, authors: int, density: float) -> None:
    random = np.random.default_rng(seed)
    dense = random.random((papers, authors)) < density
    graph = HeteroData()
    graph["paper"].num_nodes, graph["author"].num_nodes = papers, authors
    graph["paper", "by", "author"].edge_index = torch.from_numpy(np.stack(np.nonzero(dense)))
    ends = ("paper", "author")
    path = parse_meta_path("PAP", [*ends, "paper"], target="paper", types=ends, relations={"by": ends})
    joined = (dense.astype(int) @ dense.T.astype(int)) > 0
    np.fill_diagonal(joined, False)
    found = path_size(graph, path, seed=seed)
    assert found.exact
    assert found.pairs == pytest.approx(joined.sum())
    assert found.density == pytest.approx(joined.sum() / (papers * (papers - 1)))
    assert found.neighbours == pytest.approx(joined.sum(axis=1).mean())
    assert found.reached == pytest.approx(joined.any(axis=1).mean())


def test_large_paths_are_estimated_from_some_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.metapath.sizes._MOST_ENTRIES", 20_000)
    random = np.random.default_rng(0)
    graph = HeteroData()
    graph["p"].num_nodes, graph["a"].num_nodes = 1000, 100
    graph["p", "by", "a"].edge_index = torch.from_numpy(np.stack([np.arange(1000), random.integers(0, 100, 1000)]))
    path = parse_meta_path("PAP", ["p", "a", "p"], target="p", types=["p", "a"], relations={"by": ("p", "a")})
    exact, estimate = path_size(graph, path), path_size(graph, path, work=3000)
    assert exact.exact
    assert not estimate.exact
    assert estimate.pairs == pytest.approx(exact.pairs, rel=0.1)
