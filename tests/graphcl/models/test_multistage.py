"""Multistage contrast: what later stages learn, what a checkpoint carries, and which settings go together."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from core.errors import UserError
from core.metrics import clustering_agreement
from core.multistage import join_stages, refine
from core.objectives.library.info_nce import InfoNceSettings
from core.randomness import seed_all
from core.run_folder import RunFolder
from core.trainer import Trainer
from graphcl.contrast_task import ContrastTask
from graphcl.encoders import EncodedViews
from graphcl.multistage_task import MultistageTask
from graphcl.views import ViewSet
from tests.graphcl.models.build import built, trained
from tests.graphcl.tiny_graph import tiny_graph
from tests.graphcl.two_groupings import GROUPS, two_groupings

SMALL = {"encoder": {"hidden": 8, "head": 6}, "views": {"top_k": 5}, "evaluation": {"repeats": 1, "steps": 5}}
STAGES, EPOCHS = 3, 4


def sections(count: int = STAGES, **trainer: Any) -> dict[str, Any]:
    """Return settings for the tiny graph: `count` stages of `EPOCHS` epochs."""
    return {**SMALL, "stages": {"count": count, "clusters": 3}, "trainer": {"epochs": count * EPOCHS, **trainer}}


def tiny(count: int = STAGES, **trainer: Any) -> tuple[MultistageTask, Any]:
    task, settings = built("multistage", tiny_graph(), **sections(count, **trainer))
    assert isinstance(task, MultistageTask)
    return task, settings


def test_a_later_stage_learns_what_the_first_suppressed() -> None:
    planted = two_groupings()

    def agreement(task: MultistageTask, stage: int) -> tuple[float, float]:
        vectors = join_stages([task.encode(stage).embedding]).numpy()
        easy, hard = (clustering_agreement(vectors, groups, repeats=1) for groups in (planted.easy, planted.hard))
        return easy["nmi"], hard["nmi"]

    def train(*, within_cells: bool) -> MultistageTask:
        task, settings = built(
            "multistage",
            planted.dataset,
            trainer={"epochs": 80},
            stages={"count": 2, "clusters": GROUPS},
            optimizer={"lr": 5e-3},
            encoder={"hidden": 8, "head": 8, "dropout": 0.0},
        )
        assert isinstance(task, MultistageTask)
        if not within_cells:
            within = task._loss
            task._loss = lambda encoded, cells: within(encoded, torch.zeros_like(cells))
        Trainer(settings.trainer).fit(task)
        return task

    staged, plain = train(within_cells=True), train(within_cells=False)
    easy, hard = agreement(staged, 0)
    assert easy > 0.9
    assert hard < 0.1
    easy, hard = agreement(staged, 1)
    assert easy < 0.3
    assert hard > 0.5
    # It is the cells that bring it about, not the new encoder.
    assert agreement(plain, 1)[1] < 0.1


def test_one_stage_is_info_nce() -> None:
    staged, staged_trainer = trained("multistage", tiny_graph(), **sections(1))
    _, settings = tiny(1)
    seed_all(settings.seed)
    plain = ContrastTask(tiny_graph(), settings, InfoNceSettings(temperature=settings.objective.temperature), "cpu")
    trainer = Trainer(settings.trainer)
    trainer.fit(plain)
    assert staged_trainer is not None
    for name in ("loss", "diagnostics/alignment", "diagnostics/uniformity"):
        np.testing.assert_allclose(staged_trainer.history.column(name)[1], trainer.history.column(name)[1], rtol=1e-4)
    expected = join_stages([plain.encode().embedding]).numpy()
    np.testing.assert_allclose(staged.embeddings()[1], expected, atol=1e-4)


def test_the_first_stage_does_not_depend_on_how_many_follow() -> None:
    losses = []
    for count in (1, 3):
        task, settings = tiny(count)
        seed_all(1)
        trainer = Trainer(settings.trainer)
        trainer.fit(task)
        losses.append(trainer.history.column("loss")[1][:EPOCHS])
    assert losses[0] == losses[1]


def test_a_stage_learns_alone_and_its_embedding_makes_the_cells() -> None:
    task, settings = tiny()
    held: list[dict[str, Tensor]] = []
    seen: list[Tensor] = []
    batches, loss = task.batches, task._loss

    def watched(epoch: int) -> Iterable[ViewSet]:
        found = batches(epoch)
        if epoch % EPOCHS == 0:
            held.append({name: value.clone() for name, value in task.module.state_dict().items()})
        return found

    def noted(encoded: EncodedViews, cells: Tensor) -> Tensor:
        seen.append(cells)
        return loss(encoded, cells)

    task.batches, task._loss = watched, noted  # type: ignore[method-assign]
    Trainer(settings.trainer).fit(task)
    held.append(task.module.state_dict())
    for stage in range(STAGES):
        before, after = held[stage], held[stage + 1]
        changed = {name for name in before if not torch.equal(before[name], after[name])}
        assert {name.split(".")[1] for name in changed if name.startswith("encoders.")} == {str(stage)}

    clusterings = task.module.state_dict()["clusterings"]
    assert not clusterings[0].any()
    for stage in range(1, STAGES):
        assert torch.equal(clusterings[stage], task._cluster(stage - 1))
        assert 1 < len(clusterings[stage].unique()) <= 3
    for epoch, cells in enumerate(seen):
        assert torch.equal(cells, refine(clusterings[: epoch // EPOCHS + 1]))
    assert task.module.state_dict()["trained"].tolist() == [EPOCHS] * STAGES


def test_the_embedding_joins_the_stages() -> None:
    task, trainer = trained("multistage", tiny_graph(), **sections())
    assert isinstance(task, MultistageTask)
    assert trainer is not None
    ids, vectors = task.embeddings()
    np.testing.assert_array_equal(ids, tiny_graph().node_ids)
    assert vectors.shape == (37, STAGES * 8)
    assert vectors.dtype == np.float32
    expected = join_stages([task.encode(stage).embedding for stage in range(STAGES)]).numpy()
    np.testing.assert_array_equal(vectors, expected)
    assert task.validate() == {}
    assert "classification/4/micro_f1" in task.evaluate()
    (picture,) = task.pictures()
    (axes,) = picture.panels[0].figure.axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["1", "2", "3"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["PAP", "PAP masked", "PACAP", "PACAP masked"]
    shown = [float(text.get_text()) for text in axes.texts]
    assert sum(shown) == pytest.approx(STAGES, abs=0.01)


def test_embedding_neither_learns_nor_depends_on_the_mode() -> None:
    task, _ = trained("multistage", tiny_graph(), **sections())
    before = {name: value.clone() for name, value in task.module.state_dict().items()}
    vectors = task.embeddings()[1]
    task.module.train()
    np.testing.assert_array_equal(task.embeddings()[1], vectors)
    assert all(module.training for module in task.module.modules())
    assert all(torch.equal(value, before[name]) for name, value in task.module.state_dict().items())


def test_an_optimizer_a_stage_holds_its_encoder() -> None:
    task, _ = tiny()
    assert list(task.optimizers) == ["stage 1", "stage 2", "stage 3"]
    held = [{id(p) for group in one.param_groups for p in group["params"]} for one in task.optimizers.values()]
    assert sum(len(one) for one in held) == len(set().union(*held))
    assert set().union(*held) == {id(parameter) for parameter in task.module.parameters()}


def test_seed_decides() -> None:
    def vectors(seed: int) -> np.ndarray:
        task, _ = trained("multistage", tiny_graph(), seed=seed, **sections())
        return task.embeddings()[1]

    np.testing.assert_array_equal(vectors(1), vectors(1))
    assert not np.array_equal(vectors(1), vectors(2))


class KilledError(Exception):
    """Stands for a kill."""


def interrupted(folder: RunFolder, after: int) -> None:
    """Train with a checkpoint after every epoch, and leave the folder as it is after `after` of them."""
    task, settings = tiny(checkpoint_seconds=0.0)
    batches = task.batches

    def until(epoch: int) -> Iterable[ViewSet]:
        if epoch == after:
            raise KilledError
        return batches(epoch)

    task.batches = until  # type: ignore[method-assign]
    with pytest.raises(KilledError):
        Trainer(settings.trainer, folder=folder).fit(task)


@pytest.mark.parametrize("epoch", [2, EPOCHS, EPOCHS + 1, 2 * EPOCHS, 3 * EPOCHS - 1])
def test_a_resumed_run_ends_as_one_without_a_break(epoch: int, tmp_path: Path) -> None:
    whole, settings = tiny()
    expected = Trainer(settings.trainer)
    expected.fit(whole)
    folder = RunFolder.create(tmp_path / "run")
    interrupted(folder, epoch)

    task, _ = tiny()
    torch.rand(3)  # the generators come from the checkpoint
    trainer = Trainer(settings.trainer, folder=folder)
    trainer.fit(task, resume=True)
    assert trainer.history.column("loss") == expected.history.column("loss")
    for name, value in whole.module.state_dict().items():
        assert torch.equal(value, task.module.state_dict()[name]), name
    np.testing.assert_array_equal(task.embeddings()[1], whole.embeddings()[1])


def test_an_interrupted_run_embeds_by_the_stages_that_were_trained(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    interrupted(folder, EPOCHS + 2)
    task, _ = tiny()
    assert task.embeddings()[1].shape == (37, 8)
    task.module.load_state_dict(folder.checkpoints.load()["module"])
    assert task.embeddings()[1].shape == (37, 16)
    assert len(task.pictures()) == 1


def test_the_length_of_stages_may_not_change(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    interrupted(folder, EPOCHS + 2)
    task, settings = tiny(epochs=30)
    with pytest.raises(UserError, match=r"trained for \[4, 2, 0\] epochs, .* stages of 10; go on with"):
        Trainer(settings.trainer, folder=folder).fit(task, resume=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trainer": {"epochs": 100}}, r"100 epochs .* 3 stages; choose 99 or 102 epochs"),
        ({"trainer": {"epochs": 2}}, r"2 epochs .* 3 stages; choose 3 epochs"),
        ({"trainer": {"epochs": 12, "patience": 5}}, r"trainer\.patience is 5, .* trainer\.patience=null"),
        ({"trainer": {"epochs": 12, "keep": "best"}}, r"trainer\.keep is 'best', .* trainer\.keep=last"),
        ({"stages": {"clusters": 5}}, r"5 clusters in each of 2 stages make up to 25 cells, .* 37 paper nodes"),
        ({"stages": {"count": 1, "clusters": 1}}, r"stages\.clusters .*greater than or equal to 2, got 1"),
    ],
)
def test_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        built("multistage", tiny_graph(), **{**sections(), **changes})


def test_a_step_needs_a_stage() -> None:
    task, _ = tiny()
    with pytest.raises(RuntimeError, match="no stage has begun"):
        task.training_step(None, lambda *_: None)


def test_half_precision_ends_near_single_precision() -> None:
    losses = []
    for precision in ("32-true", "bf16-mixed"):
        _, trainer = trained("multistage", tiny_graph(), **sections(precision=precision))
        assert trainer is not None
        losses.append(trainer.history.rows[-1]["loss"])
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.1)
