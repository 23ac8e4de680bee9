import importlib.util
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.metrics import ranking_metrics
from datasets.interop.recbole import import_recbole


def test_one_ranking_has_closed_forms() -> None:
    found = ranking_metrics(torch.tensor([3]), [2, 3, 10])
    assert {name: value for name, value in found.items() if name.endswith("@2")} == {
        "hr@2": 0,
        "recall@2": 0,
        "ndcg@2": 0,
        "mrr@2": 0,
        "precision@2": 0,
    }
    for k in (3, 10):
        assert found[f"hr@{k}"] == found[f"recall@{k}"] == 1
        assert found[f"ndcg@{k}"] == pytest.approx(0.5)
        assert found[f"mrr@{k}"] == pytest.approx(1 / 3)
        assert found[f"precision@{k}"] == pytest.approx(1 / k)


def test_the_best_and_the_worst() -> None:
    assert set(ranking_metrics(torch.ones(7, dtype=torch.long), [1]).values()) == {1.0}
    assert set(ranking_metrics(torch.full((7,), 51), [5, 50]).values()) == {0.0}


@settings(max_examples=60, deadline=None)
@given(
    ranks=st.lists(st.integers(1, 60), min_size=1, max_size=40),
    top_k=st.lists(st.integers(1, 70), min_size=1, max_size=4, unique=True),
)
def test_means_equal_a_loop_over_users(ranks: list[int], top_k: list[int]) -> None:
    found = ranking_metrics(torch.tensor(ranks), top_k)
    for k in top_k:
        inside = [rank for rank in ranks if rank <= k]
        assert found[f"hr@{k}"] == pytest.approx(len(inside) / len(ranks))
        assert found[f"recall@{k}"] == found[f"hr@{k}"]
        assert found[f"precision@{k}"] == pytest.approx(len(inside) / k / len(ranks))
        assert found[f"mrr@{k}"] == pytest.approx(math.fsum(1 / rank for rank in inside) / len(ranks))
        assert found[f"ndcg@{k}"] == pytest.approx(math.fsum(1 / math.log2(rank + 1) for rank in inside) / len(ranks))


def test_no_ranks() -> None:
    with pytest.raises(ValueError, match="no ranks"):
        ranking_metrics(torch.empty(0, dtype=torch.long), [5])


@pytest.mark.skipif(importlib.util.find_spec("recbole") is None, reason="needs RecBole: pip install '.[recbole]'")
def test_metrics_equal_recboles_evaluator_on_the_same_scores() -> None:
    evaluator = import_recbole("recbole.evaluator")
    top_k, users, items = [5, 10, 20, 50], 300, 200
    generator = torch.Generator().manual_seed(0)
    scores = torch.rand(users, items, generator=generator)
    targets = torch.randint(0, items, (users,), generator=generator)
    names = {"hit": "hr", "recall": "recall", "ndcg": "ndcg", "mrr": "mrr", "precision": "precision"}
    config = {
        "metrics": list(names),
        "topk": top_k,
        "device": "cpu",
        "metric_decimal_place": 12,
        "eval_args": {"mode": "full"},
    }
    collector = evaluator.Collector(config)
    collector.eval_batch_collect(scores, None, torch.arange(users), targets)
    theirs = evaluator.Evaluator(config).evaluate(collector.get_data_struct())

    ranks = (scores >= scores.gather(1, targets[:, None])).sum(dim=1)
    ours = ranking_metrics(ranks, top_k)
    assert len(theirs) == len(ours)
    for theirs_name, ours_name in names.items():
        for k in top_k:
            assert ours[f"{ours_name}@{k}"] == pytest.approx(theirs[f"{theirs_name}@{k}"], abs=1e-11)
            assert 0 < ours[f"{ours_name}@{k}"] < 1
