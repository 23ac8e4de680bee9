"""The popularity baseline counts the training part alone and ranks by it."""

import numpy as np
import torch

from core.recommending import Query
from datasets import SequenceDataset
from recsys.models.popularity import PopularitySettings, build

# Item 1 is trained on four times, item 2 twice, item 3 once; 4 and 5 are held back for validation and test.
HISTORIES = [[1, 2, 3, 4, 5], [1, 2, 4, 1], [1, 1, 4, 5]]


def log() -> SequenceDataset:
    return SequenceDataset(
        name="toy",
        items=np.concatenate(HISTORIES).astype(np.int64),
        offsets=np.array([0, 5, 9, 13]),
        times=None,
        user_ids=np.arange(3),
        item_ids=np.array(["a", "b", "c", "d", "e"]),
        checksum="0",
        best_hit_rates=None,
    )


def test_counts_rank_the_targets_and_ties_earn_nothing() -> None:
    task = build(PopularitySettings(dataset="toy", model="popularity"), log(), torch.device("cpu"))
    found = task.evaluate()
    # Test targets e, a, e: e and d tie at zero, so e is the last of five.
    assert found["test/hr@5"] == 1.0
    assert found["test/mrr@5"] == np.mean([1 / 5, 1, 1 / 5])


def test_it_recommends_what_is_most_frequent_and_filters_what_was_seen() -> None:
    task = build(PopularitySettings(dataset="toy", model="popularity"), log(), torch.device("cpu"))
    everything, unseen = (task.recommend([Query(user="1")], 2, filter_seen=seen)[0] for seen in (False, True))
    assert list(everything.items) == [("a", 4.0), ("b", 2.0)]
    assert [item for item, _ in unseen.items] == ["c", "e"]
    ids, vectors = task.embeddings()
    assert dict(zip(ids, vectors[:, 0], strict=True)) == {"a": 4, "b": 2, "c": 1, "d": 0, "e": 0}
