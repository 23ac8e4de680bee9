import functools
import operator
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch_geometric.data import HeteroData

from core.errors import UserError
from datasets import MetaPath, Step, load
from datasets.metapath import context_matrix, context_mean, count_matrix

LONG = {"meta_paths": {"IAITI": ["item", "author", "item", "topic", "item"]}}


def test_contexts_are_the_reach_of_each_prefix() -> None:
    dataset = load("planted-graph", overrides=LONG)
    (path,) = dataset.meta_paths
    graph = dataset.graph
    dense = {}
    for kind in ("author", "topic"):
        edges = graph["item", f"item-{kind}", kind].edge_index.numpy()
        dense[kind] = np.zeros((900, graph[kind].num_nodes))
        dense[kind][edges[0], edges[1]] = 1
    walks = [dense["author"], dense["author"].T, dense["topic"], dense["topic"].T]
    reach = np.eye(900)
    for length, step in enumerate(walks, start=1):
        reach = reach @ step
        found = context_matrix(dataset, path, length)
        assert found.dtype == np.float32
        assert found.has_sorted_indices
        np.testing.assert_array_equal(found.toarray(), reach > 0)
        np.testing.assert_array_equal(count_matrix(graph, path.steps[:length]).toarray(), reach)
    with pytest.raises(UserError, match="IAITI: context length 5"):
        context_matrix(dataset, path, 5)


def test_factors_multiply_to_the_mean_over_what_is_reached() -> None:
    dataset = load("planted-graph", overrides=LONG)
    (path,) = dataset.meta_paths
    for length in range(1, 5):
        reach = context_matrix(dataset, path, length).toarray()
        expected = reach / np.maximum(reach.sum(axis=1, keepdims=True), 1)
        found = functools.reduce(operator.matmul, context_mean(dataset, path, length)).toarray()
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_hop_that_reaches_nothing_twice_stays_a_factor() -> None:
    steps = (Step("user", "lives in", "town", True), Step("town", "lives in", "user", False))
    graph = HeteroData()
    graph["user"].num_nodes, graph["town"].num_nodes = 30, 3
    graph["user", "lives in", "town"].edge_index = torch.stack([torch.arange(27), torch.arange(27) % 3])
    path = MetaPath("UTU", steps, (1, 2))
    dataset = replace(load("planted-graph"), graph=graph, target="user", meta_paths=(path,))
    factors = context_mean(dataset, path, 2)
    assert [factor.nnz for factor in factors] == [27, 27]
    expected = np.zeros((30, 30))
    for user in range(27):
        expected[user, [other for other in range(27) if other % 3 == user % 3]] = 1 / 9
    np.testing.assert_allclose((factors[0] @ factors[1]).toarray(), expected, atol=1e-6)
