"""Which end is better, what is shown unasked, and patterns."""

import doctest

import pytest

from core.comparison import metric_kinds
from core.comparison.metric_kinds import better_end, choose_metrics, default_metrics, headline_metric, sorted_metrics
from core.errors import UserError

RANKING = [
    *(f"{part}/{name}@{k}" for part in ("test", "valid") for name in ("hr", "ndcg", "recall") for k in (5, 10, 20)),
    "test/length_1-5/hr@10",
    "test/popularity@10",
    "test/users",
    "time/train_s",
    "epochs",
    "epochs_std",
    "test/hr@5_std",
]


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("classification/20/macro_f1", "higher"),
        ("clustering/nmi", "higher"),
        ("test/length_6-10/mrr@20", "higher"),
        ("valid/loss", "lower"),
        ("memory/peak_mb", "lower"),
        ("epochs", "lower"),
        ("test/popularity@10", None),
        ("test/users", None),
    ],
)
def test_the_better_end(name: str, end: str | None) -> None:
    assert better_end(name) == end


def test_unasked_come_the_results_of_the_test_by_size_and_then_the_cost() -> None:
    results = [f"test/{name}@{k}" for name in ("hr", "ndcg") for k in (5, 10, 20)]
    assert default_metrics(RANKING) == [*results, "epochs", "time/train_s"]
    assert default_metrics(["quality/oddness", "epochs"]) == ["quality/oddness", "epochs"]


def test_patterns_keep_their_order_and_take_each_metric_once() -> None:
    chosen = choose_metrics(["test/ndcg@*", "test/*@10", "test/ndcg@5"], RANKING)
    assert chosen[:3] == ["test/ndcg@5", "test/ndcg@10", "test/ndcg@20"]
    assert set(chosen[3:]) == {"test/hr@10", "test/recall@10", "test/length_1-5/hr@10", "test/popularity@10"}
    with pytest.raises(UserError, match="did you mean test/ndcg@10"):
        choose_metrics(["test/ndgc@10"], RANKING)


def test_one_metric_counts() -> None:
    assert headline_metric(RANKING) == "test/ndcg@10"
    graph = ["classification/60/macro_f1", "classification/20/macro_f1", "valid/classification/20/macro_f1"]
    assert headline_metric([*graph, "clustering/nmi"]) == "classification/20/macro_f1"
    assert headline_metric(["clustering/nmi", "epochs"]) == "clustering/nmi"
    assert headline_metric(["epochs", "test/users"]) is None


def test_deviations_are_no_metrics() -> None:
    assert sorted_metrics(["a/b", "a/b_std", "c_std"]) == ["a/b", "c_std"]


def test_the_examples_are_right() -> None:
    assert doctest.testmod(metric_kinds).failed == 0
