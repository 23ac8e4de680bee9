"""How far the fast single-precision form is from the naive form in double precision.

The naive form in single precision is no yardstick: the gradient of an output weight of AdaMEOW's pair network is one
sum over all N^2 pairs, of which single precision leaves one digit right where N is 4,000. Double precision comes in
row pieces, computed again for the backward pass; whole N x N x d tensors of it would need tens of gigabytes.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from benchmarks.dense_reference import (
    dense_adameow,
    dense_meow,
    densify,
    own_objective,
    pair_network,
    temperature_of,
)
from core.clustering import Clustering, spherical_kmeans
from core.objectives.library.meow import MeowObjective
from graphcl.contrast_task import ContrastTask
from graphcl.encoders import EncodedViews, ViewEncoder
from graphcl.settings import ContrastSettings
from graphcl.views import ViewSet

PIECE = 16
"""Rows a piece: 33 MB for AdaMEOW's pairs on 4,000 nodes."""

LossAndGradients = tuple[Tensor, list[Tensor]]


def fast_objective(task: ContrastTask, module: nn.Module) -> Callable[[EncodedViews], dict[str, Tensor]]:
    """Return the objective of a task, of encoded views; `module` is the task's own, or a copy, with its parameters."""
    objective = module.get_submodule("objective") if isinstance(task.objective, nn.Module) else task.objective
    return lambda encoded: objective(task.contrasted(encoded))


def both_forms(
    task: ContrastTask, settings: ContrastSettings, views: ViewSet
) -> tuple[LossAndGradients, LossAndGradients]:
    """Return loss and gradients of the fast form, and of the naive one in double precision.

    Both have the same parameters, and no dropout. MEOW's forms are given the same clusterings, those of the fast form.
    """
    module = deepcopy(task.module).eval()
    exact = deepcopy(module).double()
    encoded = _encoder(module)(views)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        loss = fast_objective(task, module)(encoded)["loss"]
        clusterings = _clusterings(encoded.fine.detach(), settings)
    fast = _with_gradients(loss, module)

    device = encoded.fine.device
    naive = _encoder(exact)(densify(views, device, torch.float64))
    objective = own_objective(settings)
    if isinstance(objective, MeowObjective):
        loss = dense_meow(naive, objective, clusterings, piece=PIECE)
    else:
        loss = dense_adameow(naive, pair_network(exact), temperature_of(objective), piece=PIECE)
    return fast, _with_gradients(loss, exact)


def differences(task: ContrastTask, settings: ContrastSettings, views: ViewSet) -> tuple[float, float]:
    """Return the fast form's relative error in the loss, and in the gradients of all parameters taken together."""
    (fast, fast_gradients), (exact, exact_gradients) = both_forms(task, settings, views)
    ours = torch.cat([gradient.flatten() for gradient in fast_gradients])
    true = torch.cat([gradient.flatten() for gradient in exact_gradients])
    return ((fast - exact).abs() / exact.abs()).item(), ((ours - true).norm() / true.norm()).item()


def _encoder(module: nn.Module) -> ViewEncoder:
    return cast(ViewEncoder, module.get_submodule("encoder"))


def _with_gradients(loss: Tensor, module: nn.Module) -> LossAndGradients:
    return loss.detach(), list(torch.autograd.grad(loss, list(module.parameters())))


def _clusterings(points: Tensor, settings: ContrastSettings) -> list[Clustering]:
    """Repeat the clusterings that the fast form of MEOW has just made; other models have none."""
    objective = own_objective(settings)
    if not isinstance(objective, MeowObjective):
        return []
    torch.manual_seed(settings.seed)  # the same starts, whichever the seeding
    found = spherical_kmeans(points, objective.clusters, starts=objective.starts, iterations=objective.iterations)
    return [replace(one, similarity=one.similarity.double(), centroids=one.centroids.double()) for one in found]
