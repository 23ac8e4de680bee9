import time

import numpy as np
import scipy.sparse as sp
import torch
from sklearn.linear_model import LogisticRegression

from datasets import GraphDataset, load
from datasets.metapath import count_matrix


def accuracy(dataset: GraphDataset, features: np.ndarray, split: str = "20") -> float:
    """Test accuracy of a logistic regression on the labelled nodes of `split`."""
    chosen = dataset.splits[split]
    labels = dataset.labels.numpy()
    scaled = (features - features.mean(0)) / (features.std(0) + 1e-9)
    probe = LogisticRegression(C=1e-3, max_iter=300).fit(scaled[chosen.train], labels[chosen.train])
    return float(probe.score(scaled[chosen.test], labels[chosen.test]))


def mean_walk(dataset: GraphDataset, *numbers: int) -> sp.csr_matrix:
    """Mean over the meta-paths of these numbers of their row-normalised reach."""
    reaches = [count_matrix(dataset.graph, dataset.meta_paths[number].steps).sign() for number in numbers]
    weighted = [sp.diags(1 / np.maximum(np.asarray(reach.sum(1)).ravel(), 1)) @ reach for reach in reaches]
    return sum(weighted) / len(weighted)


def test_features_with_both_paths_beat_every_part() -> None:
    for seed in (0, 1):
        dataset = load("planted-graph", overrides={"seed": seed})
        raw = dataset.graph["item"].x.to_dense().numpy()

        def smoothed(*numbers: int, dataset: GraphDataset = dataset, raw: np.ndarray = raw) -> float:
            walk = mean_walk(dataset, *numbers)
            return accuracy(dataset, walk @ (walk @ raw))

        both, alone = smoothed(0, 1), max(smoothed(0), smoothed(1))
        assert both > 0.85
        assert both > alone + 0.05
        assert alone > accuracy(dataset, raw) + 0.15


def test_same_parameters_same_graph() -> None:
    a, b, other = load("planted-graph"), load("planted-graph"), load("planted-graph", overrides={"seed": 1})
    for key in a.graph.edge_types:
        assert torch.equal(a.graph[key].edge_index, b.graph[key].edge_index)
    assert torch.equal(a.graph["item"].x.to_dense(), b.graph["item"].x.to_dense())
    assert a.checksum == b.checksum != other.checksum
    assert not torch.equal(a.labels, other.labels)


def test_splits_are_balanced_disjoint_and_nested() -> None:
    dataset = load("planted-graph", overrides={"classes": 4, "target_nodes": 1000})
    for labelled, split in dataset.splits.items():
        assert np.bincount(dataset.labels[split.train]).tolist() == [int(labelled)] * 4
        together = torch.cat([split.train, split.valid, split.test])
        assert len(together.unique()) == len(together)
        assert len(split.valid) == len(split.test) == 380
    assert set(dataset.splits["20"].train.tolist()) < set(dataset.splits["60"].train.tolist())


def test_fifty_thousand_nodes_in_seconds_with_bounded_degrees() -> None:
    started = time.perf_counter()
    dataset = load("planted-graph", overrides={"target_nodes": 50_000})
    assert time.perf_counter() - started < 5
    graph = dataset.graph
    for kind, most, degree in (("author", 3, 6), ("topic", 2, 12)):
        items, others = graph["item", f"item-{kind}", kind].edge_index
        assert torch.bincount(items, minlength=50_000).max() == most
        assert torch.bincount(others).max() <= degree * 1.1 + 1
        isolated = int((torch.bincount(items, minlength=50_000) == 0).sum())
        assert 0.01 * 50_000 < isolated < 0.03 * 50_000
    assert graph["item"].x.layout == torch.sparse_csr
    sums = graph["item"].x.to_dense().sum(1)
    assert torch.allclose(sums, torch.ones(50_000), atol=1e-5)
