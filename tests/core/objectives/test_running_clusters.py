"""Clusters that follow their rows: a number keeps its meaning while the rows drift."""

import torch
from torch.nn import functional

from core.objectives.running_clusters import RunningClusters


def drifting(step: int) -> torch.Tensor:
    """Three bundles of directions, 20 rows each, turning by 3 degrees a step."""
    generator = torch.Generator().manual_seed(step)
    angle = torch.tensor(3.0 * step).deg2rad()
    turn = torch.eye(4)
    turn[0, 0] = turn[1, 1] = angle.cos()
    turn[0, 1], turn[1, 0] = -angle.sin(), angle.sin()
    noise = 0.05 * torch.randn(60, 4, generator=generator)
    return functional.normalize(torch.eye(4)[torch.arange(3).repeat_interleave(20)] @ turn.T + noise, dim=1)


def test_numbers_keep_their_meaning() -> None:
    clusters = RunningClusters(3, 4, momentum=0.5)
    first = clusters(drifting(0))
    assert [len(part.unique()) for part in first.split(20)] == [1, 1, 1]
    assert len(first.unique()) == 3
    for step in range(1, 40):  # a turn of more than a right angle
        assert torch.equal(clusters(drifting(step)), first)
    frozen = RunningClusters(3, 4, momentum=0.5)
    frozen(drifting(0))
    frozen.eval()
    assert not torch.equal(frozen(drifting(39)), frozen(drifting(0)))


def test_centres_move_by_their_rows_alone() -> None:
    clusters = RunningClusters(2, 2, momentum=0.75)
    clusters.set_extra_state(torch.tensor(True))
    clusters.centres.copy_(torch.eye(2))
    assert clusters(torch.tensor([[0.8, 0.6], [0.96, -0.28]])).tolist() == [0, 0]
    expected = functional.normalize(0.75 * torch.eye(2)[0] + 0.25 * torch.tensor([0.88, 0.16]), dim=0)
    torch.testing.assert_close(clusters.centres, torch.stack([expected, torch.tensor([0.0, 1.0])]))


def test_evaluation_moves_nothing() -> None:
    clusters = RunningClusters(3, 4)
    clusters(drifting(0))
    before = clusters.centres.clone()
    clusters.eval()
    clusters(drifting(5))
    assert torch.equal(clusters.centres, before)
