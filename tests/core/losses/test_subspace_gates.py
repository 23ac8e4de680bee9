import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.losses import SubspaceContrast, SubspaceGates, gated_contrast, info_nce
from tests.core.losses.agreement import LargestTensor, assert_same, assert_single_precision_is_near

Views = tuple[Tensor, Tensor]


def slow(anchor: Tensor, other: Tensor, gates: Tensor, labels: Tensor, partners: Tensor, temperature: float) -> Tensor:
    """mean over pairs (i, p) of -log( e^s_ip / (e^s_ip + sum_n e^s_in) ), cosines of gated rows one by one."""
    terms = []
    for i in range(len(anchor)):
        mine = gates[i] * anchor[i]
        exponentials = []
        for j in range(len(other)):
            theirs = gates[i] * other[j]
            exponentials.append(torch.exp(mine @ theirs / (mine.norm() * theirs.norm()) / temperature))
        classes = labels.tolist()
        sums = [e for e, c in zip(exponentials, classes, strict=True) if c not in (int(labels[i]), int(partners[i]))]
        for e, c in zip(exponentials, classes, strict=True):
            if c == int(partners[i]):
                terms.append(-torch.log(e / (e + sum(sums))))
    return torch.stack(terms).mean()


@pytest.fixture
def labels() -> Tensor:
    return torch.randint(0, 5, (23,), generator=torch.Generator().manual_seed(1))


@pytest.fixture
def partners(labels: Tensor) -> Tensor:
    return labels[torch.randperm(23, generator=torch.Generator().manual_seed(4))]


@pytest.fixture
def gates() -> Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.rand(23, 6, generator=generator, dtype=torch.float64).requires_grad_()


@pytest.mark.parametrize("block", [1, 7, 23, 24, None])
@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_equals_the_reference(
    views: Views, gates: Tensor, labels: Tensor, partners: Tensor, temperature: float, block: int | None
) -> None:
    found = gated_contrast(*views, gates, labels, partners, temperature=temperature, block=block)
    expected = slow(*views, gates, labels, partners, temperature)
    assert_same(found, expected, [*views, gates], 1e-11)


def test_partners_that_are_absent_or_the_anchors_own_class(views: Views, gates: Tensor, labels: Tensor) -> None:
    partners = torch.where(torch.arange(23) % 2 > 0, labels, 9)
    found = gated_contrast(*views, gates, labels, partners, temperature=0.5, block=4)
    assert_same(found, slow(*views, gates, labels, partners, 0.5), [*views, gates], 1e-11)
    nobody = gated_contrast(*views, gates, labels, torch.full_like(labels, 9), temperature=0.5)
    assert nobody.item() == 0


def test_without_negatives_there_is_neither_loss_nor_gradient(views: Views, gates: Tensor) -> None:
    labels = torch.arange(23) % 2
    found = gated_contrast(*views, gates, labels, 1 - labels, temperature=0.1, block=5)
    assert found.item() == 0
    assert all(part.abs().max() == 0 for part in torch.autograd.grad(found, [*views, gates]))


def test_gradcheck(views: Views, gates: Tensor, labels: Tensor, partners: Tensor) -> None:
    few = [tensor.detach()[:8].requires_grad_() for tensor in (*views, gates)]

    def loss(anchor: Tensor, other: Tensor, gate: Tensor) -> Tensor:
        return gated_contrast(anchor, other, gate, labels[:8], partners[:8], temperature=0.5, block=3)

    assert torch.autograd.gradcheck(loss, few)


def test_the_order_of_the_rows_does_not_matter(views: Views, gates: Tensor, labels: Tensor, partners: Tensor) -> None:
    order = torch.randperm(23, generator=torch.Generator().manual_seed(3))
    moved = [tensor[order] for tensor in (*views, gates, labels, partners)]
    plain = gated_contrast(*views, gates, labels, partners, temperature=0.3)
    assert_same(gated_contrast(*moved, temperature=0.3, block=5), plain, [*views, gates])


@pytest.mark.parametrize("opening", [1.0, 0.3])
def test_open_gates_and_a_class_for_every_row_give_info_nce(views: Views, opening: float) -> None:
    numbers = torch.arange(23)
    gates = torch.full((23, 6), opening, dtype=torch.float64)
    found = gated_contrast(*views, gates, numbers, numbers, temperature=0.3, block=6)
    expected = info_nce(*(functional.normalize(view, dim=1) for view in views), temperature=0.3)
    assert_same(found, expected, views)


def test_closed_gates_leave_the_subspace(views: Views) -> None:
    numbers = torch.arange(23)
    gates = torch.tensor([1.0, 0, 1, 0, 0, 1], dtype=torch.float64).expand(23, 6)
    inside = [functional.normalize(view[:, [0, 2, 5]], dim=1) for view in views]
    found = gated_contrast(*views, gates, numbers, numbers, temperature=0.3)
    assert_same(found, info_nce(*inside, temperature=0.3), views)


def test_lengths_do_not_matter(views: Views, gates: Tensor, labels: Tensor, partners: Tensor) -> None:
    plain = gated_contrast(*views, gates, labels, partners, temperature=0.3)
    longer = gated_contrast(3 * views[0], 7 * views[1], 0.1 * gates, labels, partners, temperature=0.3)
    torch.testing.assert_close(longer, plain, rtol=1e-12, atol=0)


@pytest.mark.parametrize("temperature", [0.1, 0.001])
def test_sharp_scores_stay_exact_in_single_precision(
    views: Views, gates: Tensor, labels: Tensor, partners: Tensor, temperature: float
) -> None:
    def loss(anchor: Tensor, other: Tensor, gate: Tensor) -> Tensor:
        return gated_contrast(anchor, other, gate, labels, partners, temperature=temperature, block=7)

    assert_single_precision_is_near(loss, *views, gates, tolerance=2e-3)


def test_rows_of_zeros_stay_finite(gates: Tensor, labels: Tensor, partners: Tensor) -> None:
    rows = torch.zeros(23, 6, dtype=torch.float64, requires_grad=True)
    value = gated_contrast(rows, rows, gates, labels, partners, temperature=0.1)
    assert all(part.isfinite().all() for part in (value, *torch.autograd.grad(value, [rows, gates])))


def test_no_tensor_is_larger_than_a_block() -> None:
    rows = torch.randn(3, 2000, 2, requires_grad=True)
    labels = torch.arange(2000) % 7
    with LargestTensor() as largest:
        gated_contrast(*rows[:2], rows[2].sigmoid(), labels, labels.flip(0), temperature=0.1, block=16).backward()
    assert largest.entries <= 2000 * 16


def test_a_pair_has_one_gate_in_either_order() -> None:
    torch.manual_seed(0)
    module = SubspaceGates(5, 6)
    first, second = torch.tensor([0, 1, 4]), torch.tensor([3, 1, 2])
    torch.testing.assert_close(module(first, second), module(second, first), rtol=0, atol=0)
    assert module(first, second).shape == (3, 6)
    assert ((module(first, second) > 0) & (module(first, second) < 1)).all()


def test_the_module_is_the_loss_of_its_gates(views: Views, labels: Tensor, partners: Tensor) -> None:
    torch.manual_seed(0)
    module = SubspaceContrast(5, 6, temperature=0.3).double()
    expected = gated_contrast(*views, module.gates(labels, partners), labels, partners, temperature=0.3)
    assert_same(module(*views, labels, partners, block=5), expected, [*views, *module.parameters()])


def test_partners_are_dealt_from_the_generator(views: Views, labels: Tensor) -> None:
    module = SubspaceContrast(5, 6).double()
    values = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        values.append(module(*views, labels).item())
    assert values[0] == values[1] != values[2]


def test_gates_find_the_planted_subspace() -> None:
    """Classes 0 and 1 share directions 0 and 1, classes 2 and 3 directions 2 and 3; the others are their own."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(80) % 4
    centres = torch.tensor([[1.0, 1, 2, -2], [1, 1, -2, 2], [-2, 2, 1, 1], [2, -2, 1, 1]])
    views = [centres[labels] + 0.1 * torch.randn(80, 4, generator=generator) for _ in range(2)]
    torch.manual_seed(0)
    module = SubspaceContrast(4, 4)
    optimiser = torch.optim.Adam(module.parameters(), lr=0.01)
    partners = torch.tensor([1, 0, 3, 2])[labels]
    for _ in range(80):
        optimiser.zero_grad()
        module(*views, labels, partners).backward()
        optimiser.step()
    gates = module.gates(torch.tensor([0, 2]), torch.tensor([1, 3]))
    assert gates[0, :2].min() > 2 * gates[0, 2:].max()
    assert gates[1, 2:].min() > 2 * gates[1, :2].max()


def test_autocast_does_not_round(views: Views, labels: Tensor, partners: Tensor) -> None:
    module = SubspaceContrast(5, 6)
    single = [view.detach().float() for view in views]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = module(*single, labels, partners)
    assert rounded.item() == module(*single, labels, partners).item()


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        ([(3, 2), (4, 2), (3, 2), (3,), (3,)], {}, "two N x d views"),
        ([(3, 2), (3, 2), (3, 4), (3,), (3,)], {}, "gates"),
        ([(3, 2), (3, 2), (3, 2), (4,), (3,)], {}, "labels"),
        ([(3, 2), (3, 2), (3, 2), (3,), (2,)], {}, "partners"),
        ([(3, 2), (3, 2), (3, 2), (3,), (3,)], {"temperature": 0.0}, "temperature"),
        ([(3, 2), (3, 2), (3, 2), (3,), (3,)], {"block": 0}, "block"),
        ([(0, 2), (0, 2), (0, 2), (0,), (0,)], {}, "no rows"),
    ],
)
def test_refuses(shapes: list[tuple[int, ...]], options: dict[str, float], message: str) -> None:
    tensors = [torch.ones(shape) for shape in shapes[:3]] + [
        torch.ones(shape, dtype=torch.int64) for shape in shapes[3:]
    ]
    with pytest.raises(ValueError, match=message):
        gated_contrast(*tensors, **{"temperature": 1.0, **options})  # type: ignore[arg-type]


def test_refuses_to_be_without_classes() -> None:
    with pytest.raises(ValueError, match="sizes"):
        SubspaceGates(0, 3)
