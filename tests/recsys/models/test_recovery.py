"""SASRec learns what was planted: nearly as good as the generator's own rule, far better than what is popular."""

import numpy as np
import pytest
from scipy import stats

import datasets
from datasets import SequenceDataset
from tests.recsys.models.build import trained

CUTOFFS = [1, 5, 10]
SETTINGS = {
    "encoder": {"hidden": 32, "inner": 32, "max_length": 30, "dropout": 0.1, "attention_dropout": 0.1},
    "batches": {"size": 64},
    "trainer": {"epochs": 10, "patience": None, "validate_every": 5},
    "optimizer": {"lr": 5e-3},
    "evaluation": {"top_k": CUTOFFS},
}


def popularity_hit_rate(log: SequenceDataset, k: int) -> float:
    """HR@k on the last items of one ranking for everybody: by occurrences before the last two."""
    histories = [log.items[start:stop] for start, stop in zip(log.offsets, log.offsets[1:], strict=False)]
    counts = np.bincount(np.concatenate([items[:-2] for items in histories]), minlength=log.num_items + 1)
    best = np.argsort(-counts[1:], kind="stable")[:k] + 1
    return float(np.mean([items[-1] in best for items in histories]))


@pytest.fixture(scope="module")
def log() -> SequenceDataset:
    return datasets.load("planted-sequences", None, {"users": 500, "items": 60, "intents": 4})


def test_it_comes_close_to_the_best_possible(log: SequenceDataset) -> None:
    task, trainer = trained("sasrec", log, **SETTINGS)
    metrics, best = task.evaluate(), log.best_hit_rates
    assert best is not None
    for k, share in zip(CUTOFFS, (0.75, 0.82, 0.9), strict=True):
        assert metrics[f"test/hr@{k}"] > share * best[k]
        assert metrics[f"test/hr@{k}"] > 2.5 * popularity_hit_rate(log, k)
        # Nothing beats the rule that made the data but by chance: of 500 users, with 99.9 % certainty.
        assert metrics[f"test/hr@{k}"] <= stats.binom.ppf(0.999, log.num_users, best[k]) / log.num_users
    losses = trainer.history.column("loss")[1]
    assert losses[-1] < 0.7 * losses[0]


def test_the_popularity_model_is_the_count(log: SequenceDataset) -> None:
    """Ties count against an item, so that it may be a little below any one order of them."""
    metrics = trained("popularity", log, evaluation={"top_k": CUTOFFS})[0].evaluate()
    for k in CUTOFFS:
        assert metrics[f"test/hr@{k}"] == pytest.approx(popularity_hit_rate(log, k), abs=0.02)
