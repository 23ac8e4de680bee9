import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from core.metrics import ranking_metrics
from datasets.leave_one_out import LeaveOneOut
from datasets.packing import PackedSequences
from datasets.sequences import SequenceDataset
from recsys.evaluation import (
    RankingSettings,
    describe_evaluation,
    encode_examples,
    evaluate_ranking,
    rank_examples,
    validation_metrics,
)

USERS, ITEMS, SIZE = 60, 40, 6


@pytest.fixture(scope="module")
def log() -> SequenceDataset:
    generator = np.random.default_rng(0)
    lengths = generator.integers(3, 30, USERS)
    items = generator.integers(1, ITEMS + 1, lengths.sum())
    return SequenceDataset(
        "own", items, np.cumsum([0, *lengths]), None, np.arange(USERS), np.arange(ITEMS), checksum="0"
    )


@pytest.fixture(scope="module")
def table() -> Tensor:
    return torch.randn(ITEMS + 1, SIZE, generator=torch.Generator().manual_seed(0))


def sums_of(table: Tensor) -> Callable[[PackedSequences], Tensor]:
    """Return an encoder: the sum of a sequence's items."""

    def encode(batch: PackedSequences) -> Tensor:
        return table.new_zeros(batch.count, table.shape[1]).index_add(0, batch.rows, table[batch.items])

    return encode


def slow_test_rank(log: SequenceDataset, table: Tensor, user: int, *, max_length: int, filter_seen: bool) -> int:
    history = log.items[log.offsets[user] : log.offsets[user + 1]].tolist()
    *before, target = history
    scores = (table.double() @ table.double()[before[-max_length:]].sum(dim=0)).tolist()
    hidden = set(before) - {target} if filter_seen else set()
    return sum(scores[item] >= scores[target] - 1e-6 for item in range(1, ITEMS + 1) if item not in hidden)


@pytest.mark.parametrize("filter_seen", [False, True])
def test_every_number_equals_a_loop_over_users(log: SequenceDataset, table: Tensor, filter_seen: bool) -> None:
    settings = RankingSettings(top_k=[2, 5], filter_seen=filter_seen, batch_tokens=50, groups=[10])
    found = evaluate_ranking(sums_of(table), table, log, LeaveOneOut(log, max_length=8), settings)
    ranks = [slow_test_rank(log, table, user, max_length=8, filter_seen=filter_seen) for user in range(USERS)]
    for k in (2, 5):
        assert found[f"test/hr@{k}"] == pytest.approx(np.mean([rank <= k for rank in ranks]))
        gains = [1 / math.log2(rank + 1) if rank <= k else 0 for rank in ranks]
        assert found[f"test/ndcg@{k}"] == pytest.approx(np.mean(gains))
        assert 0 < found[f"test/coverage@{k}"] <= 1
        assert found[f"test/popularity@{k}"] > 0
    # The whole history makes the group and is filtered, not only the part that is encoded.
    short = [rank for rank, length in zip(ranks, log.lengths, strict=True) if length - 1 <= 10]
    assert 0 < len(short) < USERS
    assert found["test/length_1-10/users"] == len(short)
    assert found["test/length_11+/users"] == USERS - len(short)
    assert found["test/length_1-10/mrr@5"] == pytest.approx(np.mean([1 / rank if rank <= 5 else 0 for rank in short]))
    assert (found["test/users"], found["test/users_left_out"]) == (USERS, log.num_users - USERS)


def test_cutoffs_beyond_the_catalogue_are_reported(log: SequenceDataset, table: Tensor) -> None:
    settings = RankingSettings(top_k=[ITEMS, 10**12], groups=[])
    found = evaluate_ranking(sums_of(table), table, log, LeaveOneOut(log, max_length=8), settings)
    for name in ("hr", "coverage", "popularity"):
        assert found[f"test/{name}@{10**12}"] == found[f"test/{name}@{ITEMS}"] > 0


@pytest.mark.parametrize(("filter_seen", "words"), [(False, "kept"), (True, "left out")])
def test_the_protocol_is_told(log: SequenceDataset, filter_seen: bool, words: str) -> None:
    told = describe_evaluation(log, RankingSettings(filter_seen=filter_seen))
    assert f"among all {ITEMS} items, items of the history {words}" in told


def test_validation_looks_at_validation_alone(log: SequenceDataset, table: Tensor) -> None:
    settings = RankingSettings(top_k=[3])
    split = LeaveOneOut(log, max_length=50)
    found = validation_metrics(sums_of(table), table, split, settings)
    assert found.keys() == {f"valid/{name}@3" for name in ("hr", "recall", "ndcg", "mrr", "precision")}
    ranks = rank_examples(sums_of(table), table, split.valid, settings)
    assert found["valid/hr@3"] == ranking_metrics(ranks, [3])["hr@3"]
    everything = evaluate_ranking(sums_of(table), table, log, split, settings)
    assert found == {name: value for name, value in everything.items() if name.startswith("valid/")}
    assert everything["test/hr@3"] != everything["valid/hr@3"]


@pytest.mark.parametrize("batch_tokens", [1, 37, 10**6])
def test_batches_do_not_show(log: SequenceDataset, table: Tensor, batch_tokens: int) -> None:
    examples = LeaveOneOut(log, max_length=20).test
    vectors = encode_examples(sums_of(table), examples, batch_tokens)
    whole = sums_of(table)(examples.inputs(torch.arange(len(examples))))
    assert torch.allclose(vectors, whole, atol=1e-5)
    assert not vectors.requires_grad


def test_a_model_that_scores_all_alike_earns_nothing(log: SequenceDataset) -> None:
    flat = torch.ones(ITEMS + 1, SIZE)
    found = evaluate_ranking(sums_of(flat), flat, log, LeaveOneOut(log, max_length=50), RankingSettings(top_k=[39]))
    earned = [value for name, value in found.items() if name.endswith("hr@39")]
    assert earned == [0.0] * len(earned)
    assert len(earned) >= 2


def test_a_log_without_targets(table: Tensor) -> None:
    single = SequenceDataset(
        "own", np.array([1, 2]), np.array([0, 1, 2]), None, np.arange(2), np.arange(ITEMS), checksum="0"
    )
    found = evaluate_ranking(sums_of(table), table, single, LeaveOneOut(single, max_length=50), RankingSettings())
    assert found == {"test/users": 0, "test/users_left_out": 2}
