import numpy as np
import pytest

from core.errors import UserError
from datasets import load
from datasets.metapath import context_matrix, count_matrix

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
