"""The best possible hit rates are checked against sums over all ways that the intents could have gone."""

from itertools import product

import numpy as np
import pytest

import datasets
from core.errors import UserError
from datasets.generators import PlantedSequences, planted_sequences
from datasets.generators.planted_sequences import _draw_intents, _Intents, _walk, best_hit_rates, next_place_chances

SMALL = {"items": 24, "intents": 3, "successors": 2, "doors": 2, "overlap": 0.5, "switch": 0.3}


def small_intents(seed: int = 0, **changes: object) -> tuple[_Intents, PlantedSequences, np.random.Generator]:
    parameters = PlantedSequences.model_validate({**SMALL, **changes})
    rng = np.random.default_rng(seed)
    return _draw_intents(parameters, rng), parameters, rng


def transitions(intents: _Intents) -> np.ndarray:
    """Return P(next intent, next place | intent, place), K x N x K x N, built entry by entry."""
    count, places = len(intents.starts), intents.places
    chances = np.zeros((count, places, count, places))
    for z, place in product(range(count), range(places)):
        ring = intents.ring[intents.first[z] : intents.first[z] + intents.sizes[z]].tolist()
        if place not in ring:
            continue
        for shift, weight in zip(intents.shifts[z], intents.weights):
            follower = ring[(ring.index(place) + shift) % len(ring)]
            chances[z, place, z, follower] += (1 - intents.switch) * weight
        for other in set(range(count)) - {z}:
            for door in intents.doors[other]:
                chances[z, place, other, door] += intents.switch / (count - 1) / intents.doors.shape[1]
    return chances


def brute_force(intents: _Intents, chances: np.ndarray, history: np.ndarray) -> np.ndarray:
    """Return P(next place | history), (N,), by enumerating every sequence of intents."""
    count, doors = intents.doors.shape
    result = np.zeros(intents.places)
    for path in product(range(count), repeat=len(history)):
        weight = (history[0] in intents.doors[path[0]]) / (count * doors)
        for step in range(1, len(history)):
            weight *= chances[path[step - 1], history[step - 1], path[step], history[step]]
        result += weight * chances[path[-1], history[-1]].sum(axis=0)
    return result / result.sum()


def dense(intents: _Intents, walks: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    places, chances = next_place_chances(intents, walks, lengths)
    result = np.zeros((len(walks), intents.places))
    np.add.at(result, (np.arange(len(walks))[:, None], places), chances)
    return result


@pytest.mark.parametrize("seed", range(3))
def test_predictions_equal_the_sum_over_all_intents(seed: int) -> None:
    intents, _, rng = small_intents(seed)
    walks = _walk(intents, 30, 6, rng)
    lengths = rng.integers(1, 6, 30)
    chances = transitions(intents)
    expected = [brute_force(intents, chances, walk[:length]) for walk, length in zip(walks, lengths)]
    np.testing.assert_allclose(dense(intents, walks, lengths), expected, atol=1e-12)


def test_places_stand_once_with_their_whole_probability() -> None:
    intents, _, rng = small_intents()
    walks, lengths = _walk(intents, 40, 5, rng), np.full(40, 4)
    places, chances = next_place_chances(intents, walks, lengths)
    for row, weights in zip(places, chances):
        assert len(set(row[weights > 0])) == (weights > 0).sum()
    np.testing.assert_allclose(chances.sum(axis=1), 1)


def test_best_hit_rates_are_those_of_the_best_ranking() -> None:
    intents, _, rng = small_intents()
    walks = _walk(intents, 30_000, 7, rng)
    lengths = rng.integers(3, 8, len(walks))
    rates = best_hit_rates(intents, walks, lengths)
    beliefs = dense(intents, walks, lengths - 1)
    targets = walks[np.arange(len(walks)), lengths - 1]
    ranking = np.argsort(-beliefs.round(12), axis=1, kind="stable")
    ranks = (ranking == targets[:, None]).argmax(axis=1)
    for cutoff in (1, 5):  # five standard errors of 30,000 users
        assert abs((ranks < cutoff).mean() - rates[cutoff]) < 5 * 0.5 / np.sqrt(len(walks))
    assert rates[1] < rates[5] < rates[10] == pytest.approx(1, abs=1e-6)


def test_the_history_tells_more_than_the_last_item() -> None:
    intents, _, rng = small_intents()
    walks = _walk(intents, 20_000, 9, rng)
    whole = best_hit_rates(intents, walks, np.full(len(walks), 9))
    chances = transitions(intents)
    last = np.zeros((intents.places, intents.places))  # P(next | last), as counted
    np.add.at(last, (walks[:, 7], walks[:, 8]), 1)
    alone = last.max(axis=1).sum() / last.sum()  # even with the best guess after the fact
    assert whole[1] > alone + 0.02
    assert chances.sum(axis=(2, 3)).max() == pytest.approx(1)


def test_within_an_intent_every_item_has_as_many_predecessors_as_successors() -> None:
    intents, parameters, _ = small_intents()
    followed = transitions(intents)
    for z in range(parameters.intents):
        arc = intents.ring[intents.first[z] : intents.first[z] + intents.sizes[z]]
        inside = followed[z][:, z][np.ix_(arc, arc)]
        assert (np.diag(inside) == 0).all()
        np.testing.assert_array_equal((inside > 0).sum(axis=0), parameters.successors)
        np.testing.assert_allclose(inside.sum(axis=0), 1 - parameters.switch)


def test_popularity_is_far_from_enough() -> None:
    dataset = datasets.load("planted-sequences")
    assert (dataset.num_users, dataset.num_items) == (1200, 300)
    assert (dataset.lengths.min(), dataset.lengths.max()) == (5, 20)
    assert dataset.items.min() >= 1
    assert dataset.items.max() <= 300
    rates = dataset.best_hit_rates
    assert list(rates) == [1, 5, 10, 20, 50]
    assert 0.85 < rates[10] < 1
    last = dataset.offsets[1:] - 1
    counts = np.bincount(np.delete(dataset.items, last), minlength=dataset.num_items + 1)
    popular = np.argsort(-counts)[:10]
    assert np.isin(dataset.items[last], popular).mean() < rates[10] / 8
    assert counts.max() < 10 * counts[1:].mean()


def test_the_same_parameters_give_the_same_log() -> None:
    one, other, different = (datasets.load("planted-sequences", overrides={"seed": seed}) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.items, other.items)
    assert one.checksum == other.checksum != different.checksum
    assert one.best_hit_rates == other.best_hit_rates
    assert not np.array_equal(one.items[:20], different.items[:20])


def test_a_million_items_take_no_table_of_them_all() -> None:
    made = planted_sequences(PlantedSequences(items=1_000_000, users=50, intents=16))
    assert made.items.max() > 900_000
    assert made.best_hit_rates[10] > 0.85


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        ({"itmes": 10}, "did you mean items"),
        ({"items": 39}, "items must be at least 40"),
        ({"longest": 4}, "longest must be at least shortest"),
        ({"shortest": 2}, "shortest"),
        ({"overlap": 0.6}, "overlap"),
        ({"switch": 1.5}, "switch"),
        ({"users": 0}, "users"),
        ({"intents": 1}, "intents"),
    ],
)
def test_bad_parameters_are_named(overrides: dict, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        datasets.load("planted-sequences", overrides=overrides)


@pytest.mark.parametrize(
    "overrides",
    [
        {"switch": 0.0},
        {"switch": 1.0},
        {"overlap": 0.0},
        {"items": 40},
        {"shortest": 3, "longest": 3},
        {"users": 1},
        {"intents": 2, "items": 10, "overlap": 0.5},
    ],
)
def test_the_edges_of_the_parameters(overrides: dict) -> None:
    dataset = datasets.load("planted-sequences", overrides={"users": 50, **overrides})
    rates = list(dataset.best_hit_rates.values())
    assert rates == sorted(rates)
    assert rates[0] > 0
    assert rates[-1] <= 1
