"""Both models find communities that the features alone hardly show; baselines stand between."""

import numpy as np
import pytest
import torch

import datasets
from datasets import GraphDataset
from tests.graphcl.models.build import trained

MICRO = "classification/20/micro_f1"
SMALL = {"encoder": {"hidden": 32, "head": 32}}


@pytest.fixture(scope="module")
def dataset() -> GraphDataset:
    return datasets.load("planted-graph", overrides={"target_nodes": 600})


@pytest.fixture(scope="module")
def raw(dataset: GraphDataset) -> dict[str, float]:
    task, trainer = trained("raw-features", dataset)
    assert trainer is None
    return task.evaluate()


def losses(trainer: object) -> list[float]:
    return trainer.history.column("loss")[1]  # type: ignore[attr-defined]


def test_meow_recovers_the_communities(dataset: GraphDataset, raw: dict[str, float]) -> None:
    objective = {"clusters": [20], "starts": 1, "iterations": 5}
    settings = {"trainer": {"epochs": 40, "patience": None}, "optimizer": {"lr": 3e-3}, "objective": objective}
    task, trainer = trained("meow", dataset, **settings, **SMALL)
    metrics = task.evaluate()
    assert metrics[MICRO] > raw[MICRO] + 0.25
    assert metrics["clustering/nmi"] > raw["clustering/nmi"] + 0.25
    assert losses(trainer)[-1] < losses(trainer)[0]
    _, contrast = trainer.history.column("contrast")
    _, prototypes = trainer.history.column("prototypes")
    np.testing.assert_allclose(losses(trainer), np.add(contrast, prototypes), rtol=1e-5)


def test_adameow_recovers_the_communities(dataset: GraphDataset, raw: dict[str, float]) -> None:
    task, trainer = trained("adameow", dataset, trainer={"epochs": 160}, optimizer={"lr": 5e-4})
    metrics = task.evaluate()
    assert metrics[MICRO] > raw[MICRO] + 0.25
    assert metrics["clustering/nmi"] > raw["clustering/nmi"] + 0.3
    assert losses(trainer)[-1] < losses(trainer)[0]


def test_walks_tell_more_than_the_features(dataset: GraphDataset, raw: dict[str, float]) -> None:
    walks = {"dimension": 16, "walk_length": 20, "walks_per_node": 2, "negatives": 2, "epochs": 4}
    task, trainer = trained("metapath2vec", dataset, walks=walks)
    assert trainer is None
    assert task.embeddings()[1].shape == (600, 16)
    assert task.evaluate()[MICRO] > raw[MICRO] + 0.03


def test_raw_features_are_the_features(dataset: GraphDataset) -> None:
    task, _ = trained("raw-features", dataset)
    ids, vectors = task.embeddings()
    np.testing.assert_array_equal(ids, dataset.node_ids)
    np.testing.assert_array_equal(vectors, dataset.graph["item"].x.to_dense().numpy())
    with pytest.raises(RuntimeError, match="does not train"):
        task.training_step(torch.empty(0), lambda *_: None)
