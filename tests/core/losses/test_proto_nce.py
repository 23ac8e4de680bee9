import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.losses import proto_nce, prototype_concentration
from tests.core.losses import reference

Views = tuple[Tensor, Tensor]


@pytest.fixture
def clustering() -> tuple[Tensor, Tensor, Tensor]:
    """Prototypes, assignments (cluster 6 holds one node, cluster 5 none) and similarities."""
    generator = torch.Generator().manual_seed(4)
    prototypes = functional.normalize(torch.randn(7, 6, generator=generator, dtype=torch.float64), dim=1)
    assignment = torch.randint(0, 5, (23,), generator=generator)
    assignment[3] = 6
    similarity = torch.rand(23, generator=generator, dtype=torch.float64) * 1.2 - 0.2
    return prototypes, assignment, similarity


def test_concentration_equals_the_reference(clustering: tuple[Tensor, Tensor, Tensor]) -> None:
    _, assignment, similarity = clustering
    found = prototype_concentration(similarity, assignment, 7, temperature=0.4)
    torch.testing.assert_close(found, reference.concentration(similarity, assignment, 7, 0.4), rtol=1e-12, atol=0)
    assert float(found.mean()) == pytest.approx(0.4)


def test_concentration_of_lone_points_is_the_temperature() -> None:
    found = prototype_concentration(torch.ones(3), torch.arange(3), 3, temperature=0.4)
    torch.testing.assert_close(found, torch.full((3,), 0.4))


@pytest.mark.parametrize("block", [1, 5, 23, 50, None])
def test_loss_equals_the_reference(views: Views, clustering: tuple[Tensor, Tensor, Tensor], block: int | None) -> None:
    prototypes, assignment, similarity = clustering
    phi = prototype_concentration(similarity, assignment, 7, temperature=0.4)
    expected = reference.proto_nce(views[0], prototypes, assignment, phi)
    found = proto_nce(views[0], prototypes, assignment, phi, block=block)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)
    one, other = torch.autograd.grad(found, views[0])[0], torch.autograd.grad(expected, views[0])[0]
    torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-14)


def test_gradcheck(views: Views, clustering: tuple[Tensor, Tensor, Tensor]) -> None:
    prototypes, assignment, similarity = clustering
    phi = prototype_concentration(similarity, assignment, 7, temperature=0.4)
    assert torch.autograd.gradcheck(lambda a: proto_nce(a, prototypes, assignment, phi, block=5), [views[0]])
