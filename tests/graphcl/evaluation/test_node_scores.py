"""Nodes' own scores: their means are the probes' Micro-F1, and they are those of the split's test nodes."""

import numpy as np
import pytest
import torch

import datasets
from core.domain import ModelEntry
from graphcl.domain import domain
from graphcl.evaluation import ProbeSettings


def test_means_of_the_nodes_are_the_micro_f1() -> None:
    dataset = datasets.load("planted-graph", overrides={"target_nodes": 400})
    entry: ModelEntry = domain.models.get("raw-features")
    probe = ProbeSettings(repeats=3, steps=15)
    settings = entry.settings(dataset="planted-graph", model="raw-features", evaluation=probe)  # type: ignore[call-arg]
    task = entry.build(settings, dataset, torch.device("cpu"))
    assert domain.unit_scores is not None
    scores = domain.unit_scores(task, dataset, settings)
    metrics = task.evaluate()
    assert set(scores) == {f"classification/{name}/micro_f1" for name in dataset.splits}
    for name, split in dataset.splits.items():
        its = scores[f"classification/{name}/micro_f1"]
        assert its.values.mean() == pytest.approx(metrics[f"classification/{name}/micro_f1"], abs=1e-12)
        np.testing.assert_array_equal(its.ids, np.asarray(dataset.node_ids)[split.test.numpy()])
        assert set(np.round(its.values * 3)) <= {0, 1, 2, 3}
        assert its.values.std() > 0
