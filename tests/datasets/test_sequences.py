import numpy as np
import pytest

from core.errors import UserError
from datasets.sequences import SequenceDataset


def dataset(user_ids: np.ndarray, item_ids: np.ndarray) -> SequenceDataset:
    items = np.arange(len(item_ids)) % len(item_ids) + 1
    offsets = np.linspace(0, len(items), len(user_ids) + 1).astype(np.int64)
    return SequenceDataset("toy", items, offsets, None, user_ids, item_ids, "0" * 64)


def test_sizes() -> None:
    toy = dataset(np.array([5, 7]), np.array(["a", "b", "c"]))
    assert (toy.num_users, toy.num_items, toy.num_interactions) == (2, 3, 3)
    assert toy.lengths.tolist() == [1, 2]


def test_ids_are_looked_up_as_text() -> None:
    numbered = dataset(np.array([5, 70]), np.array([10, 3, 8]))
    assert numbered.user_number("70") == 1
    assert numbered.item_numbers(["8", "10", "8"]).tolist() == [3, 1, 3]
    assert numbered.item_numbers([]).tolist() == []
    named = dataset(np.array(["007", "7"]), np.array(["a", "b"]))
    assert named.user_number("7") == 1
    assert named.user_number("007") == 0
    assert named.item_numbers(["b"]).dtype == np.int64


def test_unknown_ids_are_named_with_the_closest() -> None:
    toy = dataset(np.array(["alice", "bob"]), np.array(["table", "chair", "lamp"]))
    with pytest.raises(UserError, match="no user 'alise' in toy; did you mean alice"):
        toy.user_number("alise")
    with pytest.raises(UserError, match="no item 'tabel', 'x' in toy; did you mean table"):
        toy.item_numbers(["lamp", "tabel", "x", "x"])
    with pytest.raises(UserError, match="ids look like table, chair, lamp"):
        toy.item_numbers(["zzz"])


def test_a_large_catalogue_is_searched_where_ids_begin_alike() -> None:
    large = dataset(np.array([1]), np.arange(100_000, 200_000))
    with pytest.raises(UserError, match="did you mean 15"):
        large.item_numbers(["15000"])
