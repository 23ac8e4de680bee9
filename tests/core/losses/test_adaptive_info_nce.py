import pytest
import torch
from torch import Tensor

from core.losses import PairNetwork, adaptive_info_nce
from tests.core.losses import reference

Views = tuple[Tensor, Tensor]


def network_of(scale: float) -> PairNetwork:
    torch.manual_seed(3)
    network = PairNetwork(6, hidden=5).double()
    with torch.no_grad():
        network.first.weight.mul_(scale)
    return network


def slow(views: Views, network: PairNetwork) -> tuple[Tensor, list[Tensor]]:
    weights = reference.soft_weights(
        *views, network.first.weight, network.first.bias, network.second.weight[0], network.second.bias
    )
    value = reference.info_nce(*views, weights, 0.7)
    return value, list(torch.autograd.grad(value, [*views, *network.parameters()]))


@pytest.mark.parametrize("scale", [1.0, 4.0, 60.0])
@pytest.mark.parametrize("separable", [True, False])
@pytest.mark.parametrize("block", [1, 7, 100, None])
def test_equals_the_reference(views: Views, scale: float, separable: bool, block: int | None) -> None:
    network = network_of(scale)
    expected, gradients = slow(views, network)
    value = adaptive_info_nce(*views, network, temperature=0.7, block=block, separable=separable)
    torch.testing.assert_close(value, expected, rtol=1e-12, atol=0)
    found = torch.autograd.grad(value, [*views, *network.parameters()])
    for one, other in zip(found, gradients, strict=True):
        assert (one - other).norm() <= 1e-10 * other.norm()


@pytest.mark.parametrize("scale", [0.01, 1.0, 5.0, 20.0])
def test_in_single_precision_to_five_digits(views: Views, scale: float) -> None:
    network = network_of(scale)
    expected, gradients = slow(views, network)
    single = [view.detach().float().requires_grad_() for view in views]
    network.float()
    value = adaptive_info_nce(*single, network, temperature=0.7, block=5)
    torch.testing.assert_close(value.double(), expected, rtol=1e-5, atol=0)
    found = torch.autograd.grad(value, [*single, *network.parameters()])
    for one, other in zip(found, gradients, strict=True):
        assert (one.double() - other).norm() <= 1e-5 * other.norm()


def test_the_dense_network_equals_the_reference(views: Views) -> None:
    network = network_of(1.0)
    expected = reference.soft_weights(
        *views, network.first.weight, network.first.bias, network.second.weight[0], network.second.bias
    )
    torch.testing.assert_close(network(*views), expected, rtol=1e-12, atol=0)


def test_gradcheck(views: Views) -> None:
    network = network_of(1.0)

    def loss(anchor: Tensor, other: Tensor, *_parameters: Tensor) -> Tensor:
        return adaptive_info_nce(anchor, other, network, temperature=0.7, block=5)

    assert torch.autograd.gradcheck(loss, [*views, *network.parameters()])


def test_the_order_of_the_nodes_does_not_matter(views: Views) -> None:
    network, order = network_of(1.0), torch.randperm(23, generator=torch.Generator().manual_seed(2))
    shuffled = adaptive_info_nce(views[0][order], views[1][order], network, temperature=0.7, block=5)
    torch.testing.assert_close(shuffled, adaptive_info_nce(*views, network, temperature=0.7), rtol=1e-12, atol=0)


def test_autocast_leaves_the_loss_in_single_precision(views: Views) -> None:
    network = network_of(1.0).float()
    single = [view.detach().float().requires_grad_() for view in views]
    plain = adaptive_info_nce(*single, network, temperature=0.7)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = adaptive_info_nce(*single, network, temperature=0.7)
    torch.testing.assert_close(cast, plain, rtol=1e-6, atol=0)
