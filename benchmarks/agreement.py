"""Whether the fast and the dense form compute the same loss and the same gradients."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from benchmarks.dense_reference import dense_adameow, dense_meow, densify, pair_network
from core.clustering import spherical_kmeans
from core.errors import UserError
from graphcl.contrast_task import ContrastTask, Objective
from graphcl.encoders import EncodedViews
from graphcl.models.adameow import AdaMeowSettings
from graphcl.models.meow import MeowSettings, PrototypeContrast
from graphcl.settings import ContrastSettings
from graphcl.views import ViewSet

COMPARED_ROWS = 300
"""AdaMEOW is compared on this many nodes: the naive network's gradients are single-precision sums over all pairs, and
over millions of pairs they lose the digits that a comparison needs."""


def fast_objective(settings: ContrastSettings, module: nn.Module) -> Objective:
    """Return the objective that a task of these settings trains under.

    Raises:
        UserError: for a model without a naive form to compare with.
    """
    if isinstance(settings, MeowSettings):
        return PrototypeContrast(settings.objective, settings.seed)
    if isinstance(settings, AdaMeowSettings):
        objective: Objective = module.get_submodule("objective")
        return objective
    raise UserError(f"there is no dense form of {settings.model}; choose meow or adameow")


def both_forms(
    task: ContrastTask, settings: ContrastSettings, views: ViewSet
) -> tuple[tuple[Tensor, list[Tensor]], tuple[Tensor, list[Tensor]]]:
    """Return loss and gradients of the fast and of the dense form, for the same parameters and without dropout.

    All nodes are encoded. MEOW's two forms are given the same clusterings, those of the fast form; AdaMEOW's contrast
    the first `COMPARED_ROWS` nodes.
    """
    was_training = task.module.training
    task.module.eval()
    parameters = [parameter for parameter in task.module.parameters() if parameter.requires_grad]
    device = parameters[0].device
    encoded, naive = task.encoder(views), task.encoder(densify(views, device))
    if isinstance(settings, AdaMeowSettings):
        encoded, naive = _first(encoded), _first(naive)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        loss = fast_objective(settings, task.module)(encoded)["loss"]
        fast = loss.detach(), list(torch.autograd.grad(loss, parameters))
        if isinstance(settings, MeowSettings):
            objective = settings.objective
            torch.manual_seed(settings.seed)  # the same starts, whichever the seeding
            found = spherical_kmeans(
                encoded.fine.detach(), objective.clusters, starts=objective.starts, iterations=objective.iterations
            )
            loss = dense_meow(naive, objective, found)
        else:
            network, temperature = pair_network(task.module), _temperature(settings)
            loss = dense_adameow(naive, network, temperature)
    dense = loss.detach(), list(torch.autograd.grad(loss, parameters))
    task.module.train(was_training)
    return fast, dense


def differences(task: ContrastTask, settings: ContrastSettings, views: ViewSet) -> tuple[float, float]:
    """Return the relative difference of the two losses, and of the two gradients over all parameters together."""
    (fast, fast_gradients), (dense, dense_gradients) = both_forms(task, settings, views)
    ours = torch.cat([gradient.flatten() for gradient in fast_gradients])
    naive = torch.cat([gradient.flatten() for gradient in dense_gradients])
    loss = ((fast - dense).abs() / dense.abs()).item()
    return loss, ((ours - naive).norm() / naive.norm()).item()


def _first(encoded: EncodedViews) -> EncodedViews:
    return replace(encoded, coarse=encoded.coarse[:COMPARED_ROWS], fine=encoded.fine[:COMPARED_ROWS])


def _temperature(settings: ContrastSettings) -> float:
    if not isinstance(settings, AdaMeowSettings):
        raise UserError(f"there is no dense form of {settings.model}; choose meow or adameow")
    return settings.objective.temperature
