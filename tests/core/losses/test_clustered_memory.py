import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.losses import ClusteredMemory, sinkhorn_assignments
from tests.core.losses.agreement import LargestTensor


def clusters_of(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Rows around 4 orthogonal directions, and the direction of each."""
    generator = torch.Generator().manual_seed(seed)
    kinds = torch.randint(4, (count,), generator=generator)
    return 3 * torch.eye(6)[kinds] + 0.2 * torch.randn(count, 6, generator=generator), kinds


@pytest.fixture
def memory() -> ClusteredMemory:
    memory = ClusteredMemory(24, 6, 4)
    for step in range(3):
        memory.push(clusters_of(8, step)[0])
    return memory


def test_is_ready_once_full() -> None:
    memory = ClusteredMemory(10, 6, 2)
    for step, ready in ((0, False), (1, False), (2, True)):
        memory.push(clusters_of(4, step)[0])
        assert memory.ready is ready


def test_a_full_memory_is_clustered(memory: ClusteredMemory) -> None:
    """Ten starts find clusters as far apart as these."""
    assert torch.equal(memory.partition, (memory.rows @ memory.prototypes.T).argmax(dim=1))
    kinds = memory.rows[:, :4].argmax(dim=1)
    assert torch.equal(memory.partition[:, None] == memory.partition, kinds[:, None] == kinds)
    torch.testing.assert_close(memory.prototypes.norm(dim=1), torch.ones(4))


def test_the_oldest_rows_make_room(memory: ClusteredMemory) -> None:
    stored = [functional.normalize(clusters_of(8, step)[0], dim=1) for step in range(5)]
    torch.testing.assert_close(memory.rows, torch.cat(stored[:3]))
    memory.push(clusters_of(8, 3)[0])
    memory.push(clusters_of(8, 4)[0][:5])
    expected = torch.cat([stored[3], stored[4][:5], stored[1][5:], stored[2]])
    torch.testing.assert_close(memory.rows, expected)


def test_of_a_batch_larger_than_the_memory_the_last_rows_stay(memory: ClusteredMemory) -> None:
    rows = clusters_of(53, 9)[0]
    memory.push(rows)
    kept = functional.normalize(rows[-24:], dim=1)
    assert sorted(memory.rows[:, 0].tolist()) == pytest.approx(sorted(kept[:, 0].tolist()))
    memory.push(rows[:1])  # takes the place of the oldest, number 53 - 24
    assert not (memory.rows - kept[0]).abs().sum(dim=1).lt(1e-6).any()
    assert (memory.rows - kept[1]).abs().sum(dim=1).lt(1e-6).any()


def test_batches_are_assigned_by_transport_and_prototypes_are_means(memory: ClusteredMemory) -> None:
    before = memory.prototypes.clone()
    rows = functional.normalize(torch.randn(8, 6, generator=torch.Generator().manual_seed(5)), dim=1)
    memory.push(rows)
    plan = sinkhorn_assignments(rows, before, epsilon=0.05)
    assert torch.equal(memory.partition[:8], plan.argmax(dim=1))
    for k in range(4):
        members = memory.rows[memory.partition == k]
        torch.testing.assert_close(memory.prototypes[k], functional.normalize(members.mean(dim=0), dim=0))


def test_transport_shares_a_one_sided_batch_out() -> None:
    memory = ClusteredMemory(40, 6, 4)
    memory.push(clusters_of(40, 0)[0])
    generator = torch.Generator().manual_seed(1)
    memory.push(torch.eye(6)[:1] + 0.05 * torch.randn(40, 6, generator=generator))
    assert torch.bincount(memory.partition, minlength=4).tolist() == pytest.approx([10] * 4, abs=4)


def test_an_empty_partition_keeps_its_prototype(memory: ClusteredMemory) -> None:
    memory.partition.fill_(1)
    before = memory.prototypes.clone()
    memory.push(before[1][None])
    empty = [k for k in range(4) if not (memory.partition == k).any()]
    assert len(empty) >= 2
    assert torch.equal(memory.prototypes[empty], before[empty])


@pytest.mark.parametrize("block", [1, 4, 9, 10, None])
def test_neighbours_are_those_of_a_search(memory: ClusteredMemory, block: int | None) -> None:
    rows = torch.randn(9, 6, generator=torch.Generator().manual_seed(7))
    found = memory.neighbours(rows, 10, block=block)
    assert found.shape == (9, 10, 6)
    units = functional.normalize(rows, dim=1)
    for row, near in zip(units, found, strict=True):
        home = int((memory.prototypes @ row).argmax())
        order = sorted(range(24), key=lambda m: (int(memory.partition[m]) != home, -float(memory.rows[m] @ row)))
        torch.testing.assert_close(near, memory.rows[order[:10]])


def test_planted_clusters_give_neighbours_of_the_same_kind(memory: ClusteredMemory) -> None:
    rows, kinds = clusters_of(30, 11)
    found = memory.neighbours(rows, 2)
    assert torch.equal(found[..., :4].argmax(dim=2), kinds[:, None].expand(30, 2))


def test_batches_may_stand_in_any_order(memory: ClusteredMemory) -> None:
    rows = torch.randn(24, 6, generator=torch.Generator().manual_seed(7))
    order = torch.randperm(24, generator=torch.Generator().manual_seed(1))
    other = ClusteredMemory(24, 6, 4)
    other.load_state_dict(memory.state_dict())
    memory.push(rows)
    other.push(rows[order])
    assert torch.equal(other.partition, memory.partition[order])
    torch.testing.assert_close(other.prototypes, memory.prototypes)


def test_no_gradient_is_kept(memory: ClusteredMemory) -> None:
    rows = torch.randn(8, 6, requires_grad=True)
    memory.push(rows)
    assert not memory.rows.requires_grad
    assert not memory.neighbours(rows, 2).requires_grad


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_checkpoints_go_on_as_if_nothing_had_happened(steps: int) -> None:
    whole = ClusteredMemory(20, 6, 3)
    for step in range(steps):
        whole.push(clusters_of(8, step)[0])
    resumed = ClusteredMemory(20, 6, 3)
    resumed.load_state_dict(whole.state_dict())
    for step in range(steps, 6):
        whole.push(clusters_of(8, step)[0])
        resumed.push(clusters_of(8, step)[0])
    assert resumed.ready
    for name in ("rows", "partition", "prototypes"):
        assert torch.equal(getattr(whole, name), getattr(resumed, name))


def test_checkpoints_hold_tensors_alone(memory: ClusteredMemory) -> None:
    assert all(isinstance(value, Tensor) for value in memory.state_dict().values())


def test_no_tensor_is_larger_than_a_block() -> None:
    memory = ClusteredMemory(500, 2, 5)
    memory.push(torch.randn(500, 2))
    with LargestTensor() as largest:
        memory.neighbours(torch.randn(400, 2), 1, block=8)
    assert largest.entries <= 500 * 8


def test_refuses(memory: ClusteredMemory) -> None:
    with pytest.raises(ValueError, match="cluster"):
        ClusteredMemory(3, 2, 4)
    with pytest.raises(ValueError, match="cluster"):
        ClusteredMemory(3, 2, 0)
    with pytest.raises(ValueError, match="no partitions"):
        ClusteredMemory(3, 2, 2).neighbours(torch.ones(1, 2), 1)
    with pytest.raises(ValueError, match="24 rows"):
        memory.neighbours(torch.ones(1, 6), 25)
    with pytest.raises(ValueError, match="block"):
        memory.neighbours(torch.ones(1, 6), 2, block=0)
