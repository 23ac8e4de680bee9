import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.losses import info_nce
from core.multistage import cluster_info_nce, join_stages, refine
from tests.core.losses.agreement import LargestTensor, assert_same, assert_single_precision_is_near

Views = tuple[Tensor, Tensor]
CLUSTERS = torch.tensor([0, 1, 2, 0, 1, 1, 2, 2, 2, 0, 3, 1, 0, 2, 1, 1, 0, 2, 2, 0, 1, 2, 0])


@pytest.fixture
def views() -> Views:
    """Two float64 views of 23 unit vectors."""
    drawn = torch.randn(2, 23, 6, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    drawn[1] = drawn[0] + 0.5 * drawn[1]
    one, other = (functional.normalize(part, dim=1).requires_grad_() for part in drawn)
    return one, other


def slow(anchor: Tensor, other: Tensor, clusters: Tensor, temperature: float) -> Tensor:
    """mean_i -log( exp(s_ii) / sum_{j: c_j = c_i} exp(s_ij) ), one row at a time."""
    total = anchor.new_zeros(())
    for i in range(len(anchor)):
        members = [j for j in range(len(anchor)) if clusters[j] == clusters[i]]
        shared = sum(torch.exp(anchor[i] @ other[j] / temperature) for j in members)
        total = total - torch.log(torch.exp(anchor[i] @ other[i] / temperature) / shared)
    return total / len(anchor)


def test_equals_the_reference(views: Views) -> None:
    expected = slow(*views, CLUSTERS, 0.4)
    known = torch.autograd.grad(expected, views, retain_graph=True)
    for block in (1, 7, 23, 24, None):
        found = cluster_info_nce(*views, CLUSTERS, temperature=0.4, block=block)
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(torch.autograd.grad(found, views), known, rtol=1e-11, atol=1e-13)


def test_gradcheck(views: Views) -> None:
    few = [view.detach()[:8, :3].contiguous().requires_grad_() for view in views]
    assert torch.autograd.gradcheck(lambda a, o: cluster_info_nce(a, o, CLUSTERS[:8], temperature=0.6, block=3), few)


def test_one_cluster_gives_info_nce(views: Views) -> None:
    together = torch.zeros(23, dtype=torch.int64)
    assert_same(cluster_info_nce(*views, together, temperature=0.3), info_nce(*views, temperature=0.3), views)


def test_rows_alone_add_nothing(views: Views) -> None:
    alone = cluster_info_nce(*views, torch.arange(23), temperature=0.3)
    assert alone.item() == pytest.approx(0, abs=1e-12)


def test_is_the_mean_of_the_clusters_own_losses(views: Views) -> None:
    parts = []
    for k in range(4):
        members = (k == CLUSTERS).nonzero().squeeze(1)
        parts.append(len(members) * info_nce(views[0][members], views[1][members], temperature=0.4))
    assert_same(cluster_info_nce(*views, CLUSTERS, temperature=0.4, block=5), torch.stack(parts).sum() / 23, views)


def test_rows_may_stand_in_any_order(views: Views) -> None:
    order = torch.randperm(23, generator=torch.Generator().manual_seed(2))
    moved = cluster_info_nce(views[0][order], views[1][order], 7 - CLUSTERS[order], temperature=0.4, block=6)
    assert_same(moved, cluster_info_nce(*views, CLUSTERS, temperature=0.4), views)


def test_large_scores_stay_exact_in_single_precision() -> None:
    rows = 30 * torch.randn(2, 23, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert_single_precision_is_near(
        lambda a, o: cluster_info_nce(a, o, CLUSTERS, temperature=0.1, block=7), *rows, tolerance=1e-3
    )


def test_autocast_does_not_round(views: Views) -> None:
    single = [view.detach().float() for view in views]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = cluster_info_nce(*single, CLUSTERS, temperature=0.4)
    assert rounded.item() == pytest.approx(cluster_info_nce(*single, CLUSTERS, temperature=0.4).item(), rel=1e-6)


def test_no_tensor_is_larger_than_a_block() -> None:
    views = [torch.randn(600, 2).requires_grad_() for _ in range(2)]
    with LargestTensor() as largest:
        cluster_info_nce(*views, torch.randint(5, (600,)), temperature=0.4, block=8).backward()
    assert largest.entries <= 600 * 8


def test_cells_are_those_of_all_stages() -> None:
    assignments = torch.randint(3, (3, 40), generator=torch.Generator().manual_seed(0))
    cells = refine(assignments)
    together = (assignments[:, :, None] == assignments[:, None]).all(dim=0)
    assert torch.equal(cells[:, None] == cells, together)
    assert sorted(set(cells.tolist())) == list(range(int(cells.max()) + 1))


def test_joined_stages_add_up_their_cosines() -> None:
    generator = torch.Generator().manual_seed(0)
    stages = [torch.randn(9, width, generator=generator) for width in (2, 5)]
    joined = join_stages(stages)
    expected = sum(functional.normalize(stage, dim=1) @ functional.normalize(stage, dim=1).T for stage in stages)
    torch.testing.assert_close(joined @ joined.T, expected)
    assert torch.equal(join_stages(stages, unit=False), torch.cat(stages, dim=1))


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        ([(3, 2), (4, 2), (3,)], {}, "two N x d views"),
        ([(3, 2), (3, 2), (4,)], {}, "3 cluster numbers"),
        ([(3, 2), (3, 2), (1, 3)], {}, "3 cluster numbers"),
        ([(3, 2), (3, 2), (3,)], {"temperature": 0.0}, "temperature"),
        ([(3, 2), (3, 2), (3,)], {"block": 0}, "block"),
    ],
)
def test_refuses(shapes: list[tuple[int, ...]], options: dict[str, float], message: str) -> None:
    tensors = [torch.ones(shape) for shape in shapes]
    with pytest.raises(ValueError, match=message):
        cluster_info_nce(*tensors, **{"temperature": 1.0, **options})  # type: ignore[arg-type]


def test_refuses_other_tables() -> None:
    with pytest.raises(ValueError, match="S x N"):
        refine(torch.zeros(3, dtype=torch.int64))
    with pytest.raises(ValueError, match="same N rows"):
        join_stages([])
    with pytest.raises(ValueError, match="same N rows"):
        join_stages([torch.ones(2, 2), torch.ones(3, 2)])
