import numpy as np
import pytest
import torch

from datasets.sequences import SequenceDataset
from recsys.evaluation import catalogue_metrics, length_groups, training_counts


def log_of(*sequences: list[int], items: int) -> SequenceDataset:
    offsets = np.cumsum([0, *map(len, sequences)])
    users = np.array([f"u{row}" for row in range(len(sequences))])
    ids = np.array([f"i{number}" for number in range(1, items + 1)])
    return SequenceDataset("own", np.concatenate(sequences).astype(np.int64), offsets, None, users, ids, "0")


def test_groups_part_the_users() -> None:
    lengths = torch.tensor([1, 5, 6, 20, 21, 400, 3])
    groups = dict(length_groups(lengths, [5, 10, 20]))
    assert {name: who.tolist() for name, who in groups.items()} == {
        "length_1-5": [0, 1, 6],
        "length_6-10": [2],
        "length_11-20": [3],
        "length_21+": [4, 5],
    }
    assert sorted(torch.cat(list(groups.values())).tolist()) == list(range(len(lengths)))


def test_empty_groups_are_left_out() -> None:
    assert [name for name, _ in length_groups(torch.tensor([30, 2]), [5, 10, 20])] == ["length_1-5", "length_21+"]
    assert [name for name, _ in length_groups(torch.tensor([30, 2]), [50])] == ["length_1-50"]


def test_targets_do_not_count_as_training() -> None:
    counts = training_counts(log_of([1, 2, 3], [1, 1, 4, 5, 3], [2, 2], [4], items=6))
    # Of a single item, and of what three items leave beside their targets, nothing is learnt.
    assert counts.tolist() == [0, 2, 2, 0, 1, 0, 0]


def test_coverage_and_popularity_of_known_lists() -> None:
    counts = torch.tensor([0, 10, 4, 1, 0])
    found = catalogue_metrics(torch.tensor([[1, 2], [1, 3], [1, 0]]), counts, [1, 2])
    assert found == pytest.approx(
        {"coverage@1": 1 / 4, "popularity@1": 10.0, "coverage@2": 3 / 4, "popularity@2": (30 + 4 + 1) / 5}
    )


def test_lists_of_nothing() -> None:
    found = catalogue_metrics(torch.zeros(2, 3, dtype=torch.long), torch.tensor([0, 1, 1]), [3])
    assert found == {"coverage@3": 0.0, "popularity@3": 0.0}
