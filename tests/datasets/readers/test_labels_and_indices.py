from pathlib import Path

import numpy as np
import pytest

from core.errors import UserError
from datasets.readers import read_indices, read_labels


@pytest.fixture
def save(tmp_path: Path):
    def save(name: str, values: list) -> Path:
        np.save(tmp_path / name, np.array(values))
        return tmp_path / name

    return save


def test_labels_count_from_zero_whatever_the_file_does(save) -> None:
    labels = read_labels(save("y.npy", [1.0, 3.0, 2.0, -1.0]), 4, 3, first=1)
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 2, 1, -1]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([0, 1, 2], "label 2 of node 2"),
        ([0, 1, 0.5], "label 0.5 of node 2"),
        ([0, 1, np.nan], "label nan of node 2"),
        ([0, 1], "expected 3 labels"),
        ([0, 0, 0], "class 1 has no node"),
        (["a", "b", "a"], "expected numbers"),
    ],
)
def test_bad_labels_are_named(save, values: list, reason: str) -> None:
    with pytest.raises(UserError, match=reason) as raised:
        read_labels(save("y.npy", values), 3, 2)
    assert "y.npy" in str(raised.value)


def test_indices_come_back_as_they_are(save) -> None:
    parts = read_indices({"train": save("a.npy", [3, 1, 3]), "test": save("b.npy", [0])}, 4)
    assert parts["train"].tolist() == [3, 1, 3]
    assert parts["test"].dtype == np.int64


def test_bad_indices_are_named(save) -> None:
    good = save("a.npy", [3, 1])
    with pytest.raises(UserError, match=r"b\.npy: node 1 is also in .*a\.npy"):
        read_indices({"train": good, "test": save("b.npy", [0, 1])}, 4)
    for values, reason in (([4], "index 4"), ([-1], "index -1"), ([0.5], "whole numbers"), ([], "whole numbers")):
        with pytest.raises(UserError, match=reason):
            read_indices({"train": save("c.npy", values)}, 4)
