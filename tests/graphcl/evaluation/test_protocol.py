"""What the evaluation reports, and on which nodes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import datasets
from core.errors import UserError
from core.report import is_deviation
from graphcl.evaluation import (
    FewShotSettings,
    ProbeSettings,
    check_evaluation,
    describe_evaluation,
    evaluate_embeddings,
    validation_scores,
)
from tests.graphcl.tiny_graph import tiny_graph

QUICK = ProbeSettings(repeats=2, steps=5)
SCORES = {"macro_f1", "macro_f1_std", "micro_f1", "micro_f1_std", "auc", "auc_std"}


def test_names_of_the_metrics() -> None:
    dataset = datasets.load("planted-graph")
    metrics = evaluate_embeddings(torch.randn(dataset.num_targets, 4), dataset, QUICK, seed=0)
    wanted = {f"classification/{labels}/{score}" for labels in (20, 40, 60) for score in SCORES}
    wanted |= {
        f"valid/classification/{labels}/{score}" for labels in (20, 40, 60) for score in ("macro_f1", "micro_f1")
    }
    wanted |= {f"clustering/{score}" for score in ("nmi", "nmi_std", "ari", "ari_std")}
    assert metrics.keys() == wanted
    assert all(np.isfinite(value) for value in metrics.values())


def test_few_shot_episodes_are_added_where_they_are_asked_for() -> None:
    dataset = datasets.load("planted-graph")
    vectors = torch.nn.functional.one_hot(dataset.labels, 3) + torch.randn(dataset.num_targets, 3)
    asked = QUICK.model_copy(update={"few_shot": FewShotSettings(shots=[1, 5], episodes=20)})
    metrics = evaluate_embeddings(vectors, dataset, asked, seed=0)
    few = {name: value for name, value in metrics.items() if name.startswith("few_shot/")}
    wanted = {f"few_shot/3way_{shots}shot/accuracy{kind}" for shots in (1, 5) for kind in ("", "_aligned")}
    assert few.keys() == wanted | {f"{name}_std" for name in wanted} | {f"{name}_ci95" for name in wanted}
    assert all(is_deviation(name, metrics) for name in few if name.endswith("_std"))
    assert metrics == evaluate_embeddings(vectors, dataset, QUICK, seed=0) | few
    assert "20 few-shot episodes of 3 classes, 1 or 5 labelled nodes" in describe_evaluation(dataset, asked)
    assert "few-shot" not in describe_evaluation(dataset, QUICK)
    assert validation_scores(vectors, dataset, asked, seed=0) == validation_scores(vectors, dataset, QUICK, seed=0)


def test_few_shot_episodes_without_labels_are_a_mistake() -> None:
    bare = replace(tiny_graph(), labels=None, splits={})
    asked = QUICK.model_copy(update={"few_shot": FewShotSettings()})
    for evaluate in (describe_evaluation, check_evaluation):
        with pytest.raises(UserError, match="tiny has no labels"):
            evaluate(bare, asked)
    with pytest.raises(UserError, match="tiny has no labels"):
        evaluate_embeddings(torch.randn(bare.num_targets, 4), bare, asked, seed=0)
    check_evaluation(bare, QUICK)


def test_the_labels_themselves_score_perfectly_and_noise_does_not() -> None:
    dataset = datasets.load("planted-graph")
    perfect = torch.nn.functional.one_hot(dataset.labels, 3).float()
    settings = ProbeSettings(repeats=2, steps=100, lr=0.1)
    metrics = evaluate_embeddings(perfect, dataset, settings, seed=0)
    for name in ("classification/20/micro_f1", "classification/60/auc", "clustering/nmi", "clustering/ari"):
        assert metrics[name] == pytest.approx(1.0)
    noise = evaluate_embeddings(torch.randn(dataset.num_targets, 8), dataset, settings, seed=0)
    assert noise["classification/20/micro_f1"] < 0.5
    assert noise["clustering/nmi"] < 0.1


def test_unlabelled_nodes_do_not_count_and_no_labels_give_no_metrics() -> None:
    dataset = tiny_graph()
    labels = dataset.labels.clone()
    labels[:3] = -1
    split = replace(dataset.splits["4"], train=torch.arange(3, 13))
    partly = replace(dataset, labels=labels, splits={"4": split})
    vectors = torch.randn(dataset.num_targets, 4)
    elsewhere = vectors.clone()
    elsewhere[:3] = 1e3
    assert evaluate_embeddings(vectors, partly, QUICK, seed=0) == evaluate_embeddings(elsewhere, partly, QUICK, seed=0)
    assert evaluate_embeddings(vectors, replace(dataset, labels=None, splits={}), QUICK, seed=0) == {}


def test_the_protocol_tells_what_there_is_to_score() -> None:
    dataset = tiny_graph()
    assert "2 logistic regressions a split" in describe_evaluation(dataset, QUICK)
    clustered = describe_evaluation(replace(dataset, splits={}), QUICK)
    assert "k-means" in clustered
    assert "regressions" not in clustered
    assert "no labels" in describe_evaluation(replace(dataset, labels=None, splits={}), QUICK)


def test_validation_scores_are_those_that_chose_the_steps_and_never_look_at_test_nodes() -> None:
    dataset = datasets.load("planted-graph")
    vectors = torch.randn(dataset.num_targets, 4)
    scores = validation_scores(vectors, dataset, QUICK, seed=0)
    final = evaluate_embeddings(vectors, dataset, QUICK, seed=0)
    for name in ("micro_f1", "macro_f1"):
        known = np.mean([final[f"valid/classification/{labels}/{name}"] for labels in (20, 40, 60)])
        assert scores[f"valid/{name}"] == pytest.approx(known)
    elsewhere = vectors.clone()
    used = torch.cat([part for split in dataset.splits.values() for part in (split.train, split.valid)]).unique()
    unused = torch.ones(dataset.num_targets, dtype=torch.bool)
    unused[used] = False
    elsewhere[unused] = 1e3
    assert validation_scores(elsewhere, dataset, QUICK, seed=0) == scores
    assert validation_scores(vectors, replace(dataset, splits={}), QUICK, seed=0) == {}
