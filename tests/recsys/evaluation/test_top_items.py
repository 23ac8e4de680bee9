import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UserError
from recsys.evaluation import scoring, target_ranks, top_items
from tests.recsys.evaluation.brute_force import case, cases, packed, score_matrix, slow_top


@settings(max_examples=80, deadline=None)
@given(**cases, filtered=st.booleans(), k=st.integers(1, 45))
def test_best_items_equal_a_full_sort_in_any_blocks(
    users: int, items: int, size: int, seed: int, ties: bool, block: int | None, filtered: bool, k: int
) -> None:
    vectors, table, _, histories = case(users, items, size, seed, ties=ties)
    seen = histories if filtered else None
    numbers, scores = top_items(vectors, table, k, seen=packed(seen) if seen else None, block=block)
    matrix = score_matrix(vectors, table)
    for row, expected in enumerate(slow_top(vectors, table, k, seen)):
        found = numbers[row, : len(expected)].tolist()
        assert scores[row, : len(expected)].tolist() == pytest.approx([score for score, _ in expected])
        assert [matrix[row, number] for number in found] == pytest.approx([score for score, _ in expected])
        assert len(set(found)) == len(found)
        assert 0 not in found
        assert not seen or not set(found) & set(seen[row])
        assert numbers[row, len(expected) :].eq(0).all()
        assert scores[row, len(expected) :].eq(-torch.inf).all()
        if not ties:
            assert found == [number for _, number in expected]


def test_rows_that_do_not_fit_one_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, table, _, histories = case(30, 40, 5, 3, ties=False)
    monkeypatch.setattr(scoring, "TILE_ENTRIES", 64)
    numbers, _ = top_items(vectors, table, 4, seen=packed(histories), block=8)
    assert numbers.tolist() == [[number for _, number in best] for best in slow_top(vectors, table, 4, histories)]


def test_the_item_of_rank_r_stands_at_place_r() -> None:
    vectors, table, _, histories = case(9, 60, 8, 2, ties=False)
    numbers, _ = top_items(vectors, table, 7, seen=packed(histories), block=16)
    for place in range(7):
        ranks = target_ranks(vectors, table, numbers[:, place], seen=packed(histories))
        assert ranks.tolist() == [place + 1] * 9


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(UserError, match="training has diverged"):
        top_items(torch.ones(1, 2), torch.tensor([[0.0, 0], [1, float("nan")], [1, 1]]), 1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_graphics_card_gives_the_same_items() -> None:
    vectors, table, _, histories = case(300, 500, 64, 4, ties=False)
    seen = packed(histories)
    numbers, scores = top_items(vectors.cuda(), table.cuda(), 20, seen=seen.to("cuda"), block=128)
    expected = top_items(vectors, table, 20, seen=seen)
    assert torch.equal(numbers.cpu(), expected[0])
    assert torch.allclose(scores.cpu(), expected[1])
