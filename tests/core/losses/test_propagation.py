import pytest
import torch
from torch import Tensor

from core.losses import (
    PropagationConsistency,
    edges_in_sequences,
    edges_of_rows,
    propagate,
    propagation_consistency,
)
from tests.core.losses.agreement import LargestTensor, assert_same

Views = tuple[Tensor, Tensor]


def cosine(x: Tensor, y: Tensor) -> Tensor:
    return x @ y / (x.norm() * y.norm())


def slow_propagate(rows: Tensor, values: Tensor, edges: Tensor, sharpness: float) -> Tensor:
    """y_i = sum_j max(cos(x_i, x_j), 0)^gamma v_j, j = i among them."""
    result = []
    for i in range(len(rows)):
        near = [i] + [int(j) for to, j in edges.T if int(to) == i]
        result.append(sum(cosine(rows[i], rows[j]).clamp_min(0) ** sharpness * values[j] for j in near))
    return torch.stack(result)  # type: ignore[arg-type]


@pytest.fixture
def edges() -> Tensor:
    pairs = torch.rand(23, 23, generator=torch.Generator().manual_seed(1)) < 0.15
    return pairs.fill_diagonal_(False).nonzero().T


@pytest.fixture
def values() -> Tensor:
    drawn = torch.randn(23, 4, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    return drawn.requires_grad_()


def test_equals_the_reference(views: Views, values: Tensor, edges: Tensor) -> None:
    rows = views[0]
    probe = torch.randn(23, 4, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    for sharpness in (0.5, 1.0, 2.0, 3.5):
        expected = slow_propagate(2 * rows, values, edges, sharpness)
        scalar = (expected * probe).sum()
        for block in (1, 7, edges.shape[1], None):
            found = propagate(2 * rows, values, edges, sharpness=sharpness, block=block)
            torch.testing.assert_close(found, expected)
            known = torch.autograd.grad(scalar, (rows, values), retain_graph=True)
            torch.testing.assert_close(torch.autograd.grad((found * probe).sum(), (rows, values)), known)


def test_gradcheck(views: Views, values: Tensor, edges: Tensor) -> None:
    few = edges[:, (edges < 7).all(dim=0)]
    rows, passed = views[0].detach()[:7].requires_grad_(), values.detach()[:7].requires_grad_()
    assert few.shape[1] > 4
    assert torch.autograd.gradcheck(lambda x, v: propagate(x, v, few, sharpness=2, block=3), (rows, passed))


def test_rows_and_edges_may_stand_in_any_order(views: Views, values: Tensor, edges: Tensor) -> None:
    generator = torch.Generator().manual_seed(2)
    order, shuffled = torch.randperm(23, generator=generator), torch.randperm(edges.shape[1], generator=generator)
    moved = order.argsort()[edges[:, shuffled]]
    found = propagate(views[0][order], values[order], moved, block=5)
    torch.testing.assert_close(found, propagate(views[0], values, edges)[order])


def test_whole_images_are_the_dense_product(views: Views, values: Tensor) -> None:
    """The paper's neighbourhood is the image: y = max(cos, 0)^gamma g(x)."""
    rows = views[0]
    everyone = edges_in_sequences(torch.tensor([23]))
    dense = (rows @ rows.T).clamp_min(0).pow(2) @ values
    torch.testing.assert_close(propagate(rows, values, everyone), dense)


def test_no_neighbours_change_nothing(views: Views, values: Tensor) -> None:
    none = torch.empty(2, 0, dtype=torch.int64)
    assert torch.equal(propagate(views[0], values, none), values)


def test_the_module_equals_equation_five(views: Views, edges: Tensor) -> None:
    torch.manual_seed(0)
    module = PropagationConsistency(6).double()
    other_edges = edges[:, ::2]
    total = views[0].new_zeros(())
    smooth, smooth_other = (
        slow_propagate(view, module.transform(view), near, 2.0)
        for view, near in zip(views, (edges, other_edges), strict=True)
    )
    for i in range(23):
        total = total - cosine(smooth[i], views[1][i].detach()) - cosine(smooth_other[i], views[0][i].detach())
    inputs = [*views, *module.parameters()]
    assert_same(module(*views, edges, other_edges=other_edges, block=9), total / 23, inputs)


def test_the_loss_is_symmetric_and_lowest_for_aligned_rows(views: Views, edges: Tensor) -> None:
    module = PropagationConsistency(6, layers=0)
    first, second = module(*views, edges), module(views[1], views[0], edges)
    assert_same(first, second, views)
    alone = torch.empty(2, 0, dtype=torch.int64)
    assert module(views[0], 5 * views[0], alone).item() == pytest.approx(-2)


def test_momentum_rows_take_the_place_of_the_plain_ones(views: Views, edges: Tensor) -> None:
    module = PropagationConsistency(6, layers=0)
    found = module(*views, edges, momentum=(-views[0], -views[1]))
    assert_same(found, -module(*views, edges), views)


def test_deep_transforms_have_normalisation_between_layers() -> None:
    kinds = [type(part).__name__ for part in PropagationConsistency(4, layers=2).transform]
    assert kinds == ["Linear", "BatchNorm1d", "ReLU", "Linear"]


def test_sequences_are_searched_pair_by_pair() -> None:
    lengths = torch.tensor([3, 0, 1, 5, 2])
    owner = torch.arange(5).repeat_interleave(lengths)
    for radius in (None, 1, 2, 9):
        found = [tuple(pair) for pair in edges_in_sequences(lengths, radius=radius).T.tolist()]
        known = [
            (i, j)
            for i in range(11)
            for j in range(11)
            if i != j and owner[i] == owner[j] and (radius is None or abs(i - j) <= radius)
        ]
        assert found == known


def test_compressed_rows_come_back() -> None:
    dense = torch.rand(9, 9, generator=torch.Generator().manual_seed(0)) < 0.3
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), dense.sum(dim=1).cumsum(0)])
    assert torch.equal(edges_of_rows(offsets, dense.nonzero()[:, 1]), dense.nonzero().T)


def test_autocast_does_not_round(views: Views, edges: Tensor) -> None:
    single = views[0].detach().float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = propagate(single, single, edges)
    assert torch.equal(rounded, propagate(single, single, edges))


def test_zero_rows_stay_finite(edges: Tensor) -> None:
    rows = torch.zeros(23, 3, requires_grad=True)
    PropagationConsistency(3)(rows, rows, edges).backward()
    assert rows.grad is not None
    assert rows.grad.isfinite().all()


def test_no_tensor_is_larger_than_a_block_of_edges() -> None:
    edges = torch.randint(200, (2, 5000))
    rows = torch.randn(200, 8, requires_grad=True)
    with LargestTensor() as largest:
        propagate(rows, rows, edges, block=100).sum().backward()
    assert largest.entries <= max(2 * 5000, 200 * 8)


@pytest.mark.parametrize(
    ("rows", "values", "edges", "options", "message"),
    [
        ((3, 2), (4, 2), (2, 5), {}, "N x d rows"),
        ((3,), (3,), (2, 5), {}, "N x d rows"),
        ((3, 2), (3, 2), (3, 5), {}, "2 x E"),
        ((3, 2), (3, 2), (2, 5), {"sharpness": 0.0}, "sharpness"),
        ((3, 2), (3, 2), (2, 5), {"block": 0}, "block"),
    ],
)
def test_refuses(
    rows: tuple[int, ...],
    values: tuple[int, ...],
    edges: tuple[int, ...],
    options: dict[str, float],
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        propagate(torch.ones(rows), torch.ones(values), torch.zeros(edges).long(), **options)  # type: ignore[arg-type]


def test_refuses_other_settings() -> None:
    with pytest.raises(ValueError, match="four N x d"):
        propagation_consistency(torch.ones(2, 2), torch.ones(2, 2), torch.ones(2, 3), torch.ones(2, 2))
    with pytest.raises(ValueError, match="layers"):
        PropagationConsistency(3, layers=-1)
    with pytest.raises(ValueError, match="radius"):
        edges_in_sequences(torch.tensor([3]), radius=0)
