import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score

from datasets import load
from datasets.description import Walks
from datasets.metapath2vec import path_embeddings, target_embedding

QUICK = Walks(dimension=16, walk_length=10, context_size=5, negatives=3, epochs=8, lr=0.03, batch=128)


def test_embeddings_find_the_planted_classes() -> None:
    dataset = load("planted-graph", overrides={"noise": 0.0, "isolated": 0.0})
    vectors = target_embedding(dataset, QUICK)
    assert vectors.shape == (900, 16)
    assert vectors.dtype == torch.float32
    found = KMeans(3, n_init=5, random_state=0).fit_predict(vectors.numpy())
    assert normalized_mutual_info_score(dataset.labels.numpy(), found) > 0.8


def test_every_type_on_the_path_is_embedded_even_isolated_nodes() -> None:
    dataset = load("planted-graph", overrides={"isolated": 0.5})
    path = dataset.meta_paths[0]
    short = QUICK.model_copy(update={"epochs": 1})
    found = path_embeddings(dataset.graph, path, dataset.checksum, short)
    assert {kind: len(vectors) for kind, vectors in found.items()} == {
        "item": 900,
        "author": dataset.graph["author"].num_nodes,
    }
    assert all(torch.isfinite(vectors).all() for vectors in found.values())


def test_seed_decides_and_nothing_else_is_touched(cache_of_its_own, monkeypatch, tmp_path) -> None:
    dataset = load("planted-graph")
    short = QUICK.model_copy(update={"epochs": 1})
    torch.manual_seed(5)
    first = target_embedding(dataset, short)
    drawn = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(1))
    (kept,) = cache_of_its_own.rglob("*.npz")
    with np.load(kept, allow_pickle=False) as stored:
        np.testing.assert_array_equal(stored["array/item"], first.numpy())
    monkeypatch.setenv("CONTRAST_CACHE", str(tmp_path))  # learn anew, from another state of the generator
    assert torch.equal(first, target_embedding(dataset, short))
    assert not torch.equal(first, target_embedding(dataset, short.model_copy(update={"seed": 1})))
