import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from core.errors import UserError
from datasets.leave_one_out import Examples, LeaveOneOut
from datasets.sequences import SequenceDataset
from recsys.evaluation import (
    RankingSettings,
    best_of_scores,
    evaluate_ranking,
    rank_by_scores,
    ranking_report,
    ranks_of_scores,
)
from tests.recsys.evaluation.brute_force import case, packed, slow_ranks, slow_top

sizes = {"users": st.integers(1, 12), "items": st.integers(1, 40), "seed": st.integers(0, 9999), "ties": st.booleans()}


def scores_of(users: int, items: int, seed: int, ties: bool) -> tuple[Tensor, Tensor, Tensor, Tensor, list[list[int]]]:
    vectors, table, targets, histories = case(users, items, 3, seed, ties=ties)
    return vectors.double() @ table.double().T, vectors, table, targets, histories


@settings(max_examples=60, deadline=None)
@given(filter_seen=st.booleans(), **sizes)
def test_ranks_equal_a_loop_over_users(users: int, items: int, seed: int, ties: bool, filter_seen: bool) -> None:
    scores, vectors, table, targets, histories = scores_of(users, items, seed, ties)
    found = ranks_of_scores(scores, targets, packed(histories) if filter_seen else None)
    assert found.tolist() == slow_ranks(vectors, table, targets, histories if filter_seen else None)


@settings(max_examples=60, deadline=None)
@given(filter_seen=st.booleans(), k=st.integers(1, 40), **sizes)
def test_the_best_equal_a_sort(users: int, items: int, seed: int, ties: bool, filter_seen: bool, k: int) -> None:
    scores, vectors, table, _, histories = scores_of(users, items, seed, ties)
    k = min(k, items)
    before = scores.clone()
    numbers, values = best_of_scores(scores, k, packed(histories) if filter_seen else None)
    assert torch.equal(scores, before)
    for row, expected in enumerate(slow_top(vectors, table, k, histories if filter_seen else None)):
        left = len(expected)
        assert values[row, :left].tolist() == pytest.approx([score for score, _ in expected])
        assert numbers[row, left:].tolist() == [0] * (k - left)
        if not ties:
            assert numbers[row, :left].tolist() == [item for _, item in expected]


@pytest.fixture(scope="module")
def log() -> SequenceDataset:
    generator = np.random.default_rng(0)
    lengths = generator.integers(1, 20, 50)
    items = generator.integers(1, 31, lengths.sum())
    return SequenceDataset("own", items, np.cumsum([0, *lengths]), None, np.arange(50), np.arange(30), checksum="0")


@pytest.mark.parametrize("filter_seen", [False, True])
@pytest.mark.parametrize("users", [1, 7, 1000])
def test_both_ways_of_ranking_report_the_same(log: SequenceDataset, filter_seen: bool, users: int) -> None:
    table = torch.randint(-9, 10, (31, 4), generator=torch.Generator().manual_seed(0)).float()  # exact in any precision
    wanted = RankingSettings(top_k=[1, 5], filter_seen=filter_seen, groups=[4])
    split = LeaveOneOut(log, max_length=8)

    def last(items: Tensor, offsets: Tensor) -> Tensor:
        return table[items[offsets[1:] - 1]]

    def score(examples: Examples, numbers: Tensor) -> Tensor:
        inputs = examples.inputs(numbers)
        scores = last(inputs.items, inputs.offsets) @ table.T
        scores[:, 0] = torch.nan  # is not read
        return scores

    found = ranking_report(rank_by_scores(score, wanted, users), log, split, wanted)
    expected = evaluate_ranking(lambda batch: last(batch.items, batch.offsets), table, log, split, wanted)
    listed = ("coverage", "popularity")  # which of several with one score are listed is not specified
    assert {name: value for name, value in found.items() if not any(word in name for word in listed)} == {
        name: value for name, value in expected.items() if not any(word in name for word in listed)
    }
    assert found.keys() == expected.keys()
    assert 0 < found["test/hr@5"] < 1


def test_a_model_that_diverged_is_told(log: SequenceDataset) -> None:
    wanted = RankingSettings()
    rank = rank_by_scores(lambda _, numbers: torch.full((len(numbers), 31), torch.nan), wanted, 10)
    with pytest.raises(UserError, match="NaN"):
        rank(LeaveOneOut(log, max_length=8).test, 5)
