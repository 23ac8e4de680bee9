"""The public graph ACM, where its files are at hand."""

from pathlib import Path

import datasets
from core.history import read_history
from graphcl.evaluation import ProbeSettings, probe
from tests.end_to_end.command import measured, run


def test_acm_has_the_published_counts(data_root: Path) -> None:
    dataset = datasets.load("acm", data_root)
    graph = dataset.graph
    assert {kind: graph[kind].num_nodes for kind in graph.node_types} == {"paper": 4019, "author": 7167, "subject": 60}
    edges = {key[1]: graph[key].edge_index.shape[1] for key in graph.edge_types}
    assert edges == {"paper-author": 13407, "paper-subject": 4019}
    assert dataset.labels.bincount().sum() == 4019
    assert [path.name for path in dataset.meta_paths] == ["PAP", "PSP"]


def test_two_epochs_of_meow_on_acm(data_root: Path, tmp_path: Path) -> None:
    quick = ["--set", "trainer.epochs=2", "--set", "evaluation.repeats=2", "--set", "evaluation.steps=10"]
    root = ["--data-root", data_root, "--device", "cpu"]
    assert run("--dataset", "acm", "--model", "meow", "--output", tmp_path / "run", *root, *quick) == 0
    _, losses = read_history(tmp_path / "run" / "metrics.csv").column("loss")
    assert len(losses) == 2
    assert losses[1] < losses[0]
    assert measured(tmp_path / "run")["classification/20/micro_f1"] > 0.5


def test_probe_on_the_raw_features_of_acm(data_root: Path) -> None:
    """A logistic regression chosen on validation gets Micro-F1 .733 at 20 labels a class and .83 at 60."""
    dataset = datasets.load("acm", data_root)
    vectors = dataset.graph["paper"].x.to_dense()
    settings = ProbeSettings(repeats=2, steps=200, lr=1.0)  # as configs/raw-features.yaml
    for rate, reference in (("20", 0.733), ("60", 0.83)):
        scores = probe(vectors, dataset.labels, dataset.splits[rate], dataset.num_classes, settings, seed=0)
        assert abs(scores["micro_f1"] - reference) < 0.03
