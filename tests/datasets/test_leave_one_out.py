import itertools
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from datasets.leave_one_out import Examples, LeaveOneOut
from datasets.sequences import SequenceDataset

Histories = list[list[int]]
histories = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=9), min_size=1, max_size=8)
Pair = tuple[int, list[int], int]
"""A user, the history and the item that followed."""


def log_of(sequences: Histories) -> SequenceDataset:
    items = np.array([item for one in sequences for item in one], dtype=np.int64)
    offsets = np.cumsum([0, *(len(one) for one in sequences)])
    return SequenceDataset("own", items, offsets, None, np.arange(len(sequences)), np.arange(9), checksum="0")


def numbered(sequences: Histories) -> Histories:
    """The same shapes with items that are all different, so that each tells where it stood."""
    return [[100 * (user + 1) + place for place in range(len(one))] for user, one in enumerate(sequences)]


def read(examples: Examples, numbers: torch.Tensor | None = None) -> list[Pair]:
    numbers = torch.arange(len(examples)) if numbers is None else numbers
    inputs, offsets = examples.inputs(numbers), examples.inputs(numbers).offsets.tolist()
    items, targets = inputs.items.tolist(), examples.targets(numbers).tolist()
    parts = [items[start:stop] for start, stop in itertools.pairwise(offsets)]
    return list(zip(examples.users(numbers).tolist(), parts, targets, strict=True))


def slow_split(sequences: Histories, max_length: int) -> dict[str, list[Pair]]:
    """The specification, user by user and prefix by prefix."""
    split: dict[str, list[Pair]] = {"train": [], "valid": [], "test": []}
    for user, items in enumerate(sequences):
        kept = items[:-2] if len(items) >= 3 else items
        split["train"] += [(user, kept[:stop][-max_length:], kept[stop]) for stop in range(1, len(kept))]
        if len(items) >= 3:
            split["valid"].append((user, items[:-2][-max_length:], items[-2]))
            split["test"].append((user, items[:-1][-max_length:], items[-1]))
    return split


@given(histories, st.integers(1, 12))
def test_all_examples_equal_the_loop(sequences: Histories, max_length: int) -> None:
    split, expected = LeaveOneOut(log_of(sequences), max_length), slow_split(sequences, max_length)
    for part in ("train", "valid", "test"):
        examples = getattr(split, part)
        assert len(examples) == len(expected[part])
        assert read(examples) == expected[part]
        assert examples.lengths().tolist() == [len(inputs) for _, inputs, _ in expected[part]]


@given(histories, st.randoms(use_true_random=False))
def test_any_choice_of_examples_in_any_order(sequences: Histories, random: object) -> None:
    examples = LeaveOneOut(log_of(sequences), 4).train
    numbers = torch.tensor([random.randrange(len(examples)) for _ in range(7)] if len(examples) else [])
    everything = read(examples)
    assert read(examples, numbers.long()) == [everything[number] for number in numbers.tolist()]


@given(histories)
def test_history_is_everything_before_the_target(sequences: Histories) -> None:
    split = LeaveOneOut(log_of(numbered(sequences)), 2)
    for part in (split.train, split.valid, split.test):
        whole = part.history(torch.arange(len(part)))
        offsets, items = whole.offsets.tolist(), whole.items.tolist()
        for number, (user, inputs, target) in enumerate(read(part)):
            history = items[offsets[number] : offsets[number + 1]]
            assert history == list(range(100 * (user + 1), target))
            assert history[-2:] == inputs


@given(histories)
def test_what_is_evaluated_is_never_trained_on(sequences: Histories) -> None:
    split = LeaveOneOut(log_of(numbered(sequences)), 50)
    trained_on = {item for _, inputs, target in read(split.train) for item in (*inputs, target)}
    valid, test = ([target for _, _, target in read(part)] for part in (split.valid, split.test))
    assert not trained_on & {*valid, *test}
    assert not {item for _, inputs, _ in read(split.valid) for item in inputs} & {*valid, *test}
    assert not {item for _, inputs, _ in read(split.test) for item in inputs} & {*test}


@given(histories)
def test_each_prefix_is_trained_on_once(sequences: Histories) -> None:
    targets = Counter(target for _, _, target in read(LeaveOneOut(log_of(numbered(sequences)), 50).train))
    held = [one[:-2] if len(one) >= 3 else one for one in numbered(sequences)]
    assert targets == Counter(item for one in held for item in one[1:])


@pytest.mark.parametrize(
    ("length", "train", "evaluated"), [(1, 0, False), (2, 1, False), (3, 0, True), (4, 1, True), (5, 2, True)]
)
def test_how_many_examples_a_user_gives(length: int, train: int, evaluated: bool) -> None:
    """Whoever is too short to be evaluated is kept for training as a whole."""
    split = LeaveOneOut(log_of([list(range(1, length + 1))]), 50)
    assert (len(split.train), len(split.valid), len(split.test)) == (train, evaluated, evaluated)


def test_examples_are_views() -> None:
    log = log_of([[1, 2, 3, 4, 5]])
    split = LeaveOneOut(log, 50)
    log.items[0] = 9
    assert read(split.test) == [(0, [9, 2, 3, 4], 5)]
