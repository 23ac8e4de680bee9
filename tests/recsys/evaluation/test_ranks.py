import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UserError
from recsys.evaluation import ranks as ranks_module
from recsys.evaluation import scoring, target_ranks
from tests.recsys.evaluation.brute_force import case, cases, packed, slow_ranks


@settings(max_examples=80, deadline=None)
@given(**cases, filtered=st.booleans())
def test_ranks_equal_brute_force_in_any_blocks(
    users: int, items: int, size: int, seed: int, ties: bool, block: int | None, filtered: bool
) -> None:
    vectors, table, targets, histories = case(users, items, size, seed, ties=ties)
    seen = histories if filtered else None
    found = target_ranks(vectors, table, targets, seen=packed(seen) if seen else None, block=block)
    assert found.tolist() == slow_ranks(vectors, table, targets, seen)


@pytest.mark.parametrize("block", [1, 7, 64, 1000, None])
def test_equal_items_tie_wherever_they_stand(block: int | None) -> None:
    """Copies of one item are ties even where the processor adds up their products in another order."""
    generator = torch.Generator().manual_seed(1)
    vectors = torch.randn(50, 64, generator=generator)
    table = torch.randn(1, 64, generator=generator).repeat(901, 1) * 1e3
    targets = torch.randint(1, 901, (50,), generator=generator)
    assert target_ranks(vectors, table, targets, block=block).tolist() == [900] * 50


def test_rows_that_do_not_fit_one_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, table, targets, histories = case(30, 40, 5, 3, ties=False)
    for module in (scoring, ranks_module):
        monkeypatch.setattr(module, "TILE_ENTRIES", 64)
    found = target_ranks(vectors, table, targets, seen=packed(histories), block=8)
    assert found.tolist() == slow_ranks(vectors, table, targets, histories)


def test_a_constant_scorer_comes_last() -> None:
    ranks = target_ranks(torch.ones(3, 4), torch.ones(11, 4), torch.tensor([1, 5, 10]))
    assert ranks.tolist() == [10, 10, 10]
    assert target_ranks(torch.zeros(1, 4), torch.randn(11, 4), torch.tensor([3])).tolist() == [10]


def test_a_target_that_was_seen_before_is_still_ranked() -> None:
    table = torch.tensor([[9.0], [4.0], [3.0], [2.0], [1.0]])
    seen = packed([[1, 3, 3, 1], [3], []])
    ranks = target_ranks(torch.ones(3, 1), table, torch.tensor([3, 3, 3]), seen=seen)
    assert ranks.tolist() == [2, 3, 3]  # only item 1 goes, once though it was seen twice


def test_the_padding_is_no_item() -> None:
    table = torch.tensor([[100.0], [2.0], [1.0]])
    assert target_ranks(torch.ones(1, 1), table, torch.tensor([1]), seen=packed([[0, 0]])).tolist() == [1]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("where", ["vectors", "table"])
def test_numbers_that_are_none_are_refused(bad: float, where: str) -> None:
    vectors, table, targets, _ = case(3, 9, 4, 0, ties=False)
    (vectors if where == "vectors" else table)[2, 1] = bad
    with pytest.raises(UserError, match="training has diverged"):
        target_ranks(vectors, table, targets)


def test_half_precision_is_ranked_by_the_numbers_it_holds() -> None:
    vectors, table, targets, _ = case(8, 30, 16, 5, ties=False)
    found = target_ranks(vectors.bfloat16(), table, targets)
    assert found.tolist() == slow_ranks(vectors.bfloat16(), table, targets)


@pytest.mark.parametrize(
    ("size", "scale"), [(1e-30, 1.0), (1.0, 1.0), (1e6, 1.0), (1e18, 1.0), (1e25, 1.0), (1.0, 1e-25), (1e25, 1e-25)]
)
def test_differences_that_single_precision_cannot_see_count(size: float, scale: float) -> None:
    generator = torch.Generator().manual_seed(2)
    vectors = size * torch.randn(40, 64, generator=generator)
    table = scale * torch.randn(1, 64, generator=generator).repeat(301, 1)
    # One entry of each item is a few units in the last place away: float32's sums are the same or out of order.
    row, steps = torch.arange(301), torch.randint(-9, 10, (301,), generator=generator)
    table[row, row % 64] *= 1 + steps * 2**-23
    table[200:] += scale * torch.randn(101, 64, generator=generator)
    targets = torch.randint(1, 301, (40,), generator=generator)
    expected = slow_ranks(vectors, table, targets)
    assert len(set(expected)) > 20
    assert target_ranks(vectors, table, targets, block=50).tolist() == expected


def test_single_precision_decides_only_where_its_products_have_all_digits() -> None:
    vectors, table, targets, _ = case(200, 900, 64, 6, ties=False)
    expected = target_ranks(vectors.double(), table.double(), targets)
    error = ranks_module._single_precision_error(vectors, table)
    assert error is not None
    off = (vectors @ table[1:].T).double() - vectors.double() @ table[1:].double().T
    assert (off.abs().amax(dim=1) < error).all()
    assert torch.equal(target_ranks(vectors, table, targets), expected)
    before = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        assert ranks_module._single_precision_error(vectors, table) is None
        assert torch.equal(target_ranks(vectors, table, targets), expected)
    finally:
        torch.set_float32_matmul_precision(before)
    with torch.autocast("cpu", torch.bfloat16):
        assert ranks_module._single_precision_error(vectors, table) is None


def test_flushed_underflow_is_allowed_for() -> None:
    generator = torch.Generator().manual_seed(4)
    vectors, table = (1e-19 * torch.randn(count, 256, generator=generator) for count in (40, 301))
    targets = torch.randint(1, 301, (40,), generator=generator)
    expected = slow_ranks(vectors, table, targets)
    torch.set_flush_denormal(True)
    try:
        assert target_ranks(vectors, table, targets).tolist() == expected
    finally:
        torch.set_flush_denormal(False)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_graphics_card_gives_the_same_ranks() -> None:
    vectors, table, targets, histories = case(300, 500, 64, 4, ties=False)
    seen = packed(histories)
    found = target_ranks(vectors.cuda(), table.cuda(), targets.cuda(), seen=seen.to("cuda"), block=128)
    assert found.cpu().tolist() == target_ranks(vectors, table, targets, seen=seen).tolist()
