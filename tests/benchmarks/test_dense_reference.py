"""The fast forms compute what the dense ones, which they are measured against, do in double precision."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch

import datasets
from benchmarks.agreement import both_forms, differences
from benchmarks.dense_reference import dense_adameow, dense_meow, densify, pair_network, plain_clusterings
from benchmarks.measurement import TOLERANCE
from core.objectives.library.meow import MeowObjective
from core.randomness import seed_all
from graphcl.contrast_task import ContrastTask
from graphcl.encoders import EncodedViews
from graphcl.models import adameow, meow
from graphcl.settings import ContrastSettings

MODELS: dict[str, tuple[Callable[..., ContrastTask], type[ContrastSettings], dict[str, Any]]] = {
    "meow": (meow.build, meow.MeowSettings, {"objective": {"clusters": [4, 9], "temperature": 0.4}}),
    "adameow": (adameow.build, adameow.AdaMeowSettings, {}),
}


def built(model: str, *, features: bool = True) -> tuple[ContrastTask, ContrastSettings]:
    dataset = datasets.load("planted-graph", overrides={"target_nodes": 360})
    assert isinstance(dataset, datasets.GraphDataset)
    if not features:
        del dataset.graph[dataset.target].x
    build, schema, values = MODELS[model]
    plain: dict[str, Any] = {"dataset": "planted-graph", "model": model, "views": {"top_k": 20}, **values}
    settings = schema.model_validate(plain)
    seed_all(0)
    return build(settings, dataset, torch.device("cpu")), settings


@pytest.mark.parametrize("features", [True, False])
@pytest.mark.parametrize("model", MODELS)
def test_the_fast_form_gives_the_loss_and_gradients_of_the_dense_one(model: str, features: bool) -> None:
    task, settings = built(model, features=features)
    views = next(iter(task.batches(0)))
    (fast, fast_gradients), (dense, dense_gradients) = both_forms(task, settings, views)
    assert dense.dtype == torch.float64
    torch.testing.assert_close(fast.double(), dense, rtol=TOLERANCE, atol=0)
    scale = max(float(gradient.abs().max()) for gradient in dense_gradients)
    assert scale > 0
    for ours, naive in zip(fast_gradients, dense_gradients, strict=True):
        torch.testing.assert_close(ours.double(), naive, rtol=TOLERANCE, atol=TOLERANCE * scale)
    assert max(differences(task, settings, views)) < TOLERANCE


def test_a_wrong_form_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    task, settings = built("adameow")
    views = next(iter(task.batches(0)))

    def wrong(*arguments: Any, **options: Any) -> torch.Tensor:
        return 1.001 * dense_adameow(*arguments, **options)

    monkeypatch.setattr("benchmarks.agreement.dense_adameow", wrong)
    assert max(differences(task, settings, views)) > TOLERANCE


@pytest.mark.parametrize("model", MODELS)
def test_row_pieces_change_nothing(model: str) -> None:
    task, settings = built(model)
    encoded = task.encode()
    whole = (encoded.coarse, encoded.fine, encoded.embedding, encoded.attention)
    points = EncodedViews(*(x.detach().double().requires_grad_() for x in whole))

    def loss(piece: int | None) -> torch.Tensor:
        if isinstance(settings, meow.MeowSettings):
            torch.manual_seed(0)
            found = plain_clusterings(points.fine.detach(), settings.objective)
            return dense_meow(points, settings.objective, found, piece=piece)
        return dense_adameow(points, deepcopy(pair_network(task.module)).double(), 0.5, piece=piece)

    whole, pieces = loss(None), loss(7)  # 360 is no multiple of 7
    torch.testing.assert_close(pieces, whole)
    views = [points.coarse, points.fine]
    torch.testing.assert_close(torch.autograd.grad(pieces, views), torch.autograd.grad(whole, views))


def test_dense_views_hold_what_the_sparse_ones_do() -> None:
    task, _ = built("meow")
    views = next(iter(task.batches(0)))
    dense = densify(views)
    states = {name: torch.randn(size, 5) for name, size in views.sizes.items()}
    for path, naive in zip(views.paths, dense.paths, strict=True):
        target = states[views.target]
        torch.testing.assert_close(path.adjacency @ target, naive.adjacency @ target)
        torch.testing.assert_close(path.masked @ target, naive.masked @ target)
        for context, plain in zip(path.contexts, naive.contexts, strict=True):
            state = states[context.node_type]
            torch.testing.assert_close(context.mean(state), plain.mean(state))
    assert all(isinstance(x, torch.Tensor) and x.layout == torch.strided for x in dense.features.values())


def test_plain_clustering_finds_separate_directions() -> None:
    torch.manual_seed(0)
    truth = torch.arange(3).repeat(40)
    points = torch.nn.functional.normalize(torch.eye(3)[truth] + 0.05 * torch.randn(120, 3), dim=1)
    objective = MeowObjective(clusters=[3], starts=6, iterations=10)
    (found,) = plain_clusterings(points, objective)
    # The same partition: as many pairs (true class, cluster) as there are classes.
    assert len(set(zip(truth.tolist(), found.assignment.tolist(), strict=True))) == 3
    torch.testing.assert_close(found.centroids.norm(dim=1), torch.ones(3))
