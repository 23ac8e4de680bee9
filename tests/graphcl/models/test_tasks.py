"""Every model as the trainer and the command line see it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import UserError
from graphcl.domain import models
from tests.graphcl.models.build import built, trained
from tests.graphcl.tiny_graph import tiny_graph

CONTRASTIVE = {"meow": {"objective": {"clusters": [3, 5]}}, "adameow": {}}
SMALL = {"encoder": {"hidden": 8, "head": 6}, "views": {"top_k": 5}, "trainer": {"epochs": 3, "patience": None}}


def test_the_models_are_registered() -> None:
    assert {"adameow", "meow", "metapath2vec", "raw-features"} <= set(models.names())
    for name in models:
        entry = models.get(name)
        assert entry.name == name
        assert entry.summary
        assert entry.paper
        assert {"dataset", "model", "seed", "data", "evaluation"} <= entry.settings.model_fields.keys()
        assert entry.settings.model_config["frozen"]


@pytest.mark.parametrize("model", CONTRASTIVE)
def test_a_contrastive_task_trains_embeds_and_draws(model: str) -> None:
    dataset = tiny_graph(("PP", "PACAP"), target="none")
    task, trainer = trained(model, dataset, **SMALL, **CONTRASTIVE[model])
    assert len(trainer.history.rows) == 3
    ids, vectors = task.embeddings()
    np.testing.assert_array_equal(ids, dataset.node_ids)
    assert vectors.shape == (37, 8)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert task.validate() == {}
    (picture,) = task.pictures()
    names = [text.get_text() for text in picture.panels[0].figure.axes[0].get_yticklabels()]
    assert names == ["PP", "PP masked", "PACAP", "PACAP masked"]


@pytest.mark.parametrize("model", CONTRASTIVE)
def test_evaluating_neither_learns_nor_depends_on_the_mode(model: str) -> None:
    task, _ = built(model, tiny_graph(), **SMALL, **CONTRASTIVE[model])
    before = {name: value.clone() for name, value in task.module.state_dict().items()}
    task.module.train()
    first = task.embeddings()[1]
    assert task.module.training
    task.module.eval()
    np.testing.assert_array_equal(task.embeddings()[1], first)
    task.evaluate()
    assert all(torch.equal(value, before[name]) for name, value in task.module.state_dict().items())


@pytest.mark.parametrize("model", CONTRASTIVE)
def test_the_module_holds_all_that_is_optimised(model: str) -> None:
    task, _ = built(model, tiny_graph(), **SMALL, **CONTRASTIVE[model])
    held = {id(parameter) for parameter in task.module.parameters()}
    (optimizer,) = task.optimizers.values()
    assert {id(parameter) for group in optimizer.param_groups for parameter in group["params"]} == held
    has_network = any("pair_network" in name for name, _ in task.module.named_parameters())
    assert has_network == (model == "adameow")


@pytest.mark.parametrize("model", CONTRASTIVE)
def test_seed_decides(model: str) -> None:
    def vectors(seed: int) -> np.ndarray:
        task, _ = trained(model, tiny_graph(), seed=seed, **SMALL, **CONTRASTIVE[model])
        return task.embeddings()[1]

    np.testing.assert_array_equal(vectors(1), vectors(1))
    assert not np.array_equal(vectors(1), vectors(2))


def test_prototypes_can_be_left_out() -> None:
    objective = {"clusters": [3], "prototype_weight": 0.0}
    _, trainer = trained("meow", tiny_graph(), **SMALL, objective=objective)
    assert trainer.history.column("loss") == trainer.history.column("contrast")


@pytest.mark.parametrize("clusters", [1, 38])
def test_clusters_must_fit_the_nodes(clusters: int) -> None:
    with pytest.raises(UserError, match=rf"objective\.clusters: {clusters} clusters for 37 paper nodes"):
        built("meow", tiny_graph(), objective={"clusters": [clusters]})


def test_features_are_needed_for_raw_features() -> None:
    with pytest.raises(UserError, match=r"'paper' has no features .*metapath2vec"):
        built("raw-features", tiny_graph(target="none"))


@pytest.mark.parametrize("model", CONTRASTIVE)
def test_half_precision_ends_near_single_precision(model: str) -> None:
    losses = []
    for precision in ("32-true", "bf16-mixed"):
        sections = {**SMALL, **CONTRASTIVE[model]}
        sections["trainer"] = {**SMALL["trainer"], "precision": precision}
        _, trainer = trained(model, tiny_graph(("PP", "PACAP")), **sections)
        losses.append(trainer.history.rows[-1]["loss"])
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.03)


def test_choosing_by_validation_needs_labels_and_splits() -> None:
    chosen = {**SMALL, "trainer": {**SMALL["trainer"], "monitor": "valid/micro_f1"}}
    with pytest.raises(UserError, match="no labels or no splits"):
        built("adameow", replace(tiny_graph(), splits={}), **chosen)
