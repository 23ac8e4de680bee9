import pytest
import torch
from torch import Tensor

from graphcl.evaluation.episodes import _distinct, classes_of_size, draw_episodes

SIZES = (30, 7, 12, 9, 0, 20)
"""Nodes of each class; ten more have no label."""


@pytest.fixture
def labels() -> Tensor:
    classes = torch.arange(len(SIZES)).repeat_interleave(torch.tensor(SIZES))
    mixed = torch.cat([classes, torch.full((10,), -1)])
    return mixed[torch.randperm(len(mixed), generator=torch.Generator().manual_seed(4))]


def test_an_episode_holds_distinct_nodes_of_distinct_classes_that_are_large_enough(labels: Tensor) -> None:
    drawn = draw_episodes(labels, 200, ways=3, shots=2, queries=7, seed=0)
    assert drawn.support.shape == (200, 3, 2)
    assert drawn.queries.shape == (200, 3, 7)
    nodes = torch.cat([drawn.support, drawn.queries], dim=2)
    classes = labels[nodes]
    assert (classes == classes[:, :, :1]).all()
    assert all(len(episode.unique()) == 27 for episode in nodes)
    assert all(len(episode.unique()) == 3 for episode in classes[:, :, 0])
    assert classes.unique().tolist() == [0, 2, 3, 5]


def test_every_class_and_node_is_as_likely_as_any_other(labels: Tensor) -> None:
    drawn = draw_episodes(labels, 20_000, ways=2, shots=1, queries=3, seed=0)
    able = classes_of_size(labels, 4)
    times = labels[drawn.support[:, :, 0]].flatten().bincount(minlength=6)[able]
    assert (times / 40_000 - 0.2).abs().max() < 0.01
    for label in able:
        members = (labels == label).nonzero().flatten()
        for part in (drawn.support, drawn.queries):
            counts = part[labels[part] == label].bincount(minlength=len(labels))[members]
            expected = float(counts.double().mean())
            assert (counts - expected).abs().max() < 5 * expected**0.5


def test_sequences_of_distinct_numbers_are_equally_likely() -> None:
    drawn = _distinct(torch.full((24_000,), 4), 3, torch.Generator().manual_seed(0))
    counts = (drawn * torch.tensor([16, 4, 1])).sum(dim=1).bincount()
    counts = counts[counts > 0]
    assert len(counts) == 24
    assert (counts - 1000).abs().max() < 5 * 1000**0.5


def test_numbers_stay_below_their_own_size() -> None:
    sizes = torch.tensor([[3, 1000], [7, 3]])
    drawn = _distinct(sizes, 3, torch.Generator().manual_seed(0))
    assert drawn[0, 0].sort().values.tolist() == drawn[1, 1].sort().values.tolist() == [0, 1, 2]
    assert (drawn < sizes[..., None]).all()
    assert drawn.min() >= 0


def test_seed_decides_and_nothing_else_does(labels: Tensor) -> None:
    state = torch.get_rng_state()
    one, again, other = (draw_episodes(labels, 50, ways=3, shots=2, queries=5, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(one.support, again.support)
    assert torch.equal(one.queries, again.queries)
    assert not torch.equal(one.support, other.support)


def test_fewer_shots_are_the_first_ones_of_the_same_episodes(labels: Tensor) -> None:
    drawn = draw_episodes(labels, 50, ways=3, shots=4, queries=5, seed=1)
    fewer = drawn.with_shots(1)
    assert torch.equal(fewer.support[..., 0], drawn.support[..., 0])
    assert fewer.support.shape == (50, 3, 1)
    assert fewer.queries is drawn.queries


def test_refuses_too_few_classes(labels: Tensor) -> None:
    with pytest.raises(ValueError, match="5 classes of 9 nodes are needed, there are 4"):
        draw_episodes(labels, 50, ways=5, shots=2, queries=7, seed=0)
