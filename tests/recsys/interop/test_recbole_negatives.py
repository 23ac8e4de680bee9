import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import SequenceDataset
from recsys.interop.recbole.negatives import NegativeSampler


def log_of(histories: list[list[int]], items: int) -> SequenceDataset:
    return SequenceDataset(
        "own",
        np.array([item for history in histories for item in history], dtype=np.int64),
        np.cumsum([0, *map(len, histories)]),
        None,
        np.arange(len(histories)),
        np.arange(items),
        "0",
    )


@settings(max_examples=40, deadline=None)
@given(
    histories=st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=14), min_size=1, max_size=5),
    seed=st.integers(0, 99),
)
def test_what_is_drawn_was_not_had_in_training_and_all_else_can_be(histories: list[list[int]], seed: int) -> None:
    sampler = NegativeSampler(log_of(histories, 9))
    torch.manual_seed(seed)
    for user, history in enumerate(histories):
        # The last two items are held back, of three or more; a lone item trains nothing.
        trained = history[:-2] if len(history) >= 3 else history
        had = set(trained) if len(trained) > 1 else set()
        drawn = set(sampler.draw(torch.full((400,), user)).tolist())
        free = set(range(1, 10)) - had
        assert drawn == free if free else drawn <= had


def test_every_free_item_is_as_likely() -> None:
    sampler = NegativeSampler(log_of([[2, 4, 5, 1, 1], [6, 6, 6, 1, 1]], 6))
    torch.manual_seed(0)
    users = torch.tensor([0, 1]).repeat(30_000)
    drawn = sampler.draw(users)
    for user, free in ((0, [1, 3, 6]), (1, [1, 2, 3, 4, 5])):
        counts = torch.bincount(drawn[users == user], minlength=7)[free]
        assert counts.sum() == 30_000
        expected = 30_000 / len(free)
        assert ((counts - expected).abs() < 5 * expected**0.5).all()


def test_a_user_who_had_everything_gets_something() -> None:
    sampler = NegativeSampler(log_of([[1, 2, 3, 1, 1], [1, 2, 2, 3, 3]], 3))
    assert sampler.draw(torch.tensor([0, 0, 1])).tolist()[2] == 3
    assert set(sampler.draw(torch.zeros(50, dtype=torch.long)).tolist()) <= {1, 2, 3}
