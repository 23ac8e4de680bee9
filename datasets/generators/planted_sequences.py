"""Histories of users who follow one intent for a while and then switch to another.

The items lie on a circle, and an intent is an arc of it; neighbouring arcs overlap a little, so that an item
alone does not always tell the intent. Within an intent the next item is one of few successors, always with the
same probabilities; every item has as many predecessors as successors, so none becomes popular by itself. A
switch enters another intent, any of them alike, through one of its doors, and only doors are more popular than
the rest: popularity says little, the last item much, the ones before it the rest.

The best possible hit rate follows from Bayes' rule on what can be observed. With z_t the intent at step t, the
belief P(z_t | x_1..x_t) is carried forward over the history (the hidden states' forward recursion), and gives
P(x_T | x_1..x_{T-1}) for the last item; the best ranking lists the likeliest items first and hits with the sum
of the k largest probabilities.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

_VERSION = 1  # raise when the same parameters give another log
_CUTOFFS = (1, 5, 10, 20, 50)
_USERS_AT_ONCE = 16_384


class PlantedSequences(BaseModel):
    """Parameters of `planted_sequences`. Work and memory grow linearly with users and with items."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=0, ge=0)
    users: PositiveInt = 1200
    items: PositiveInt = 300
    shortest: int = Field(default=5, ge=3, description="items of the shortest history")
    longest: PositiveInt = Field(default=20, description="items of the longest history")
    intents: Annotated[int, Field(ge=2)] = 8
    overlap: Annotated[float, Field(ge=0, le=0.5)] = Field(
        default=0.2, description="share of an intent's arc that it also takes from the next one's"
    )
    successors: PositiveInt = Field(default=4, description="items that may follow an item within an intent")
    doors: PositiveInt = Field(default=5, description="items through which an intent is entered")
    switch: Annotated[float, Field(ge=0, le=1)] = Field(default=0.1, description="chance to switch at a step")

    @model_validator(mode="after")
    def _parts_fit(self) -> "PlantedSequences":
        if self.longest < self.shortest:
            raise ValueError(f"longest must be at least shortest ({self.shortest})")
        fewest = self.intents * max(self.successors + 1, self.doors)
        if self.items < fewest:
            raise ValueError(f"items must be at least {fewest}: enough for the successors and doors of every intent")
        return self


@dataclass(frozen=True, eq=False)
class GeneratedLog:
    """What a generator of logs gives: items from 1 in CSR form; `recipe` holds all that it depends on."""

    items: np.ndarray
    offsets: np.ndarray
    num_items: int
    best_hit_rates: Mapping[int, float]
    recipe: dict[str, Any]


@dataclass(frozen=True, eq=False)
class _Intents:
    """K Markov chains on arcs of a circle of N places.

    `starts` and `sizes` (K,) are the arcs. Within arc z its places stand in a random ring: `ring[first[z] + r]`
    is the place at rank r, and `rank[first[z] + p]` the rank of the p-th place of the arc. The c-th successor of
    a place is `shifts[z, c]` further on the ring, taken with probability `weights[c]`. `doors` (K, D) are places.
    """

    places: int
    starts: np.ndarray
    sizes: np.ndarray
    first: np.ndarray
    ring: np.ndarray
    rank: np.ndarray
    shifts: np.ndarray
    weights: np.ndarray
    doors: np.ndarray
    switch: float

    def ranks(self, places: np.ndarray, intents: np.ndarray) -> np.ndarray:
        """Return the ranks of `places` on the rings of `intents` (broadcast), -1 where they lie outside."""
        within = (places - self.starts[intents]) % self.places
        inside = within < self.sizes[intents]
        return np.where(inside, self.rank[self.first[intents] + np.where(inside, within, 0)], -1)

    def successors(self, ranks: np.ndarray, intents: np.ndarray, choices: np.ndarray) -> np.ndarray:
        """Return the places of successors number `choices` (all broadcast)."""
        ahead = (ranks + self.shifts[intents, choices]) % self.sizes[intents]
        return self.ring[self.first[intents] + ahead]


def planted_sequences(parameters: PlantedSequences) -> GeneratedLog:
    """Return the log that `parameters` describe, the same for the same ones.

    `best_hit_rates` are those of each user's last item given all the earlier ones, averaged over the users: what
    the best ranking of the whole catalogue (seen items stay in) can expect. For histories longer than a model
    looks back they are an upper bound.
    """
    rng = np.random.default_rng(parameters.seed)
    intents = _draw_intents(parameters, rng)
    lengths = rng.integers(parameters.shortest, parameters.longest + 1, parameters.users)
    walks = _walk(intents, parameters.users, int(lengths.max()), rng)
    numbers = rng.permutation(parameters.items) + 1
    kept = np.arange(walks.shape[1]) < lengths[:, None]
    recipe = {"version": _VERSION, **parameters.model_dump()}
    best = best_hit_rates(intents, walks, lengths)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return GeneratedLog(numbers[walks[kept]], offsets, parameters.items, best, recipe)


def _draw_intents(parameters: PlantedSequences, rng: np.random.Generator) -> _Intents:
    count, places = parameters.intents, parameters.items
    bounds = np.arange(count + 1) * places // count
    own = np.diff(bounds)
    sizes = own + np.floor(parameters.overlap * np.roll(own, -1)).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    arcs = np.repeat(np.arange(count), sizes)
    within = np.arange(len(arcs)) - first[arcs]
    order = np.lexsort((rng.random(len(arcs)), arcs))  # shuffles every arc by itself
    rank = np.empty_like(order)
    rank[order] = within
    chances = 1 / np.arange(1, parameters.successors + 1)
    return _Intents(
        places=places,
        starts=bounds[:-1],
        sizes=sizes,
        first=first,
        ring=(bounds[arcs] + within[order]) % places,
        rank=rank,
        shifts=np.stack([rng.choice(size - 1, parameters.successors, replace=False) + 1 for size in sizes]),
        weights=chances / chances.sum(),
        doors=np.stack([start + rng.choice(size, parameters.doors, replace=False) for start, size in zip(bounds, own)]),
        switch=parameters.switch,
    )


def _walk(intents: _Intents, users: int, steps: int, rng: np.random.Generator) -> np.ndarray:
    """Return the places that the users visit, users x steps."""
    count, doors = intents.doors.shape
    walks = np.empty((users, steps), dtype=np.int64)
    current = rng.integers(0, count, users)
    walks[:, 0] = intents.doors[current, rng.integers(0, doors, users)]
    for step in range(1, steps):
        choices = rng.choice(len(intents.weights), users, p=intents.weights)
        followed = intents.successors(intents.ranks(walks[:, step - 1], current), current, choices)
        others = (current + rng.integers(1, count, users)) % count
        entered = intents.doors[others, rng.integers(0, doors, users)]
        switches = rng.random(users) < intents.switch
        walks[:, step] = np.where(switches, entered, followed)
        current = np.where(switches, others, current)
    return walks


def best_hit_rates(intents: _Intents, walks: np.ndarray, lengths: np.ndarray) -> dict[int, float]:
    """Return the highest expected HR@k on the users' last places, given the places before them.

    `walks` is users x steps, of which a user's first `lengths` count.
    """
    hits = np.zeros(len(_CUTOFFS))
    for start in range(0, len(walks), _USERS_AT_ONCE):
        block = slice(start, start + _USERS_AT_ONCE)
        _, chances = next_place_chances(intents, walks[block], lengths[block] - 1)
        best = np.cumsum(-np.sort(-chances, axis=1), axis=1)
        hits += best[:, np.minimum(_CUTOFFS, best.shape[1]) - 1].sum(axis=0)
    return {cutoff: min(float(rate), 1.0) for cutoff, rate in zip(_CUTOFFS, hits / len(walks))}


def next_place_chances(intents: _Intents, walks: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return every place that may follow the first `lengths` places of each walk, and its probability.

    Both are users x S; a place that stands twice in a row has its whole probability at one of them and 0 at the
    others.
    """
    belief = _belief(intents, walks, lengths)
    last = walks[np.arange(len(walks)), lengths - 1]
    count, doors = intents.doors.shape
    states = np.arange(count)
    ranks = intents.ranks(last[:, None], states)
    follow = intents.successors(ranks[:, :, None], states[:, None], np.arange(len(intents.weights)))
    follow_chances = (1 - intents.switch) * belief[:, :, None] * intents.weights
    enter_chances = np.repeat(_entering(intents, belief) / doors, doors, axis=1)
    enter = np.broadcast_to(intents.doors.reshape(-1), enter_chances.shape)
    places = np.concatenate([follow.reshape(len(walks), -1), enter], axis=1)
    return _merged(places, np.concatenate([follow_chances.reshape(len(walks), -1), enter_chances], axis=1))


def _belief(intents: _Intents, walks: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return P(intent | first `lengths` places), users x K."""
    count, doors = intents.doors.shape
    states = np.arange(count)
    belief = (walks[:, :1, None] == intents.doors).any(axis=2) / (count * doors)
    belief /= belief.sum(axis=1, keepdims=True)
    before = intents.ranks(walks[:, :1], states)
    for step in range(1, int(lengths.max())):
        places = walks[:, step : step + 1]
        after = intents.ranks(places, states)
        ahead = (after - before) % intents.sizes
        steps = ((ahead[:, :, None] == intents.shifts) * intents.weights).sum(axis=2)
        steps[(before < 0) | (after < 0)] = 0
        at_door = (places[:, :, None] == intents.doors).any(axis=2) / doors
        joint = (1 - intents.switch) * belief * steps + _entering(intents, belief) * at_door
        running = step < lengths
        belief[running] = joint[running] / joint[running].sum(axis=1, keepdims=True)
        before = after
    return belief


def _entering(intents: _Intents, belief: np.ndarray) -> np.ndarray:
    """Return the chance of a switch into each intent, users x K."""
    return intents.switch * (1 - belief) / (belief.shape[1] - 1)


def _merged(places: np.ndarray, chances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows sorted by place, the chances of equal places summed at the last of them."""
    order = np.argsort(places, axis=1)
    places, sums = np.take_along_axis(places, order, 1), np.cumsum(np.take_along_axis(chances, order, 1), axis=1)
    last = np.ones(places.shape, dtype=bool)
    last[:, :-1] = places[:, 1:] != places[:, :-1]
    upto = np.where(last, sums, 0)
    before = np.zeros_like(upto)
    before[:, 1:] = np.maximum.accumulate(upto, axis=1)[:, :-1]
    return places, np.where(last, sums - before, 0)
