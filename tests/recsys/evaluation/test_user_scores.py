"""Users' own scores: their means are the report's figures, and they are those of the users they are given for."""

import numpy as np
import pytest
import torch

import datasets
from core.domain import ModelEntry
from core.errors import UserError
from core.metrics import ranking_metrics, ranking_scores
from core.randomness import seed_all
from recsys.domain import domain

DATA = {"users": 60, "items": 40}


@pytest.mark.parametrize("model", ["sasrec", "popularity"])
def test_means_of_the_users_are_the_evaluations_figures(model: str) -> None:
    dataset = datasets.load("planted-sequences", overrides=DATA)
    entry: ModelEntry = domain.models.get(model)
    settings = entry.settings(dataset="planted-sequences", model=model)  # type: ignore[call-arg]
    seed_all(0)
    task = entry.build(settings, dataset, torch.device("cpu"))
    assert domain.unit_scores is not None
    scores = domain.unit_scores(task, dataset, settings)
    metrics = task.evaluate()
    assert {f"test/{name}@{k}" for name in ("hr", "ndcg", "mrr") for k in (5, 10, 20, 50)} <= scores.keys()
    for name, its in scores.items():
        assert its.unit == "user"
        assert its.values.mean() == pytest.approx(metrics[name], abs=1e-12)
    assert set(scores["test/hr@10"].ids) <= set(dataset.user_ids)
    assert len(scores["test/hr@10"].ids) == metrics["test/users"]
    assert len(set(np.round(scores["test/ndcg@50"].values, 6))) > 2


def test_scores_are_what_the_metrics_average() -> None:
    ranks = torch.tensor([1, 4, 11, 60])
    scores, means = ranking_scores(ranks, [5, 50]), ranking_metrics(ranks, [5, 50])
    assert scores["ndcg@5"].tolist() == pytest.approx([1.0, 1 / np.log2(5), 0.0, 0.0])
    assert {name: float(values.mean()) for name, values in scores.items()} == pytest.approx(means)


def test_a_model_that_does_not_rank_one_by_one_is_refused() -> None:
    dataset = datasets.load("planted-sequences", overrides=DATA)
    entry: ModelEntry = domain.models.get("popularity")
    settings = entry.settings(dataset="planted-sequences", model="popularity")  # type: ignore[call-arg]
    assert domain.unit_scores is not None
    with pytest.raises(UserError, match="does not rank the users"):
        domain.unit_scores(object(), dataset, settings)  # type: ignore[arg-type]
