"""Every recommender as the trainer and the command line see it."""

import numpy as np
import pytest
import torch

from core.errors import UserError
from core.recommending import Query
from datasets import SequenceDataset
from recsys.domain import models
from tests.recsys.models.build import ITEMS, built, tiny_log, trained
from tests.recsys.models.watch import watched_step

TRAINED = ["sasrec", "cl4srec", "mclrec"]


def log_of(*lengths: int) -> SequenceDataset:
    items = np.concatenate([np.arange(length) % ITEMS + 1 for length in lengths])
    users = np.arange(len(lengths))
    return SequenceDataset("tiny", items, np.cumsum([0, *lengths]), None, users, np.arange(ITEMS), "0")


def test_the_models_are_registered() -> None:
    assert set(TRAINED) < set(models.names())
    for name in models:
        entry = models.get(name)
        assert entry.name == name
        assert entry.summary
        assert entry.paper
        assert {"dataset", "model", "seed", "data", "evaluation"} <= entry.settings.model_fields.keys()
        assert entry.settings.model_config["frozen"]


@pytest.mark.parametrize("model", TRAINED)
def test_a_task_trains_validates_and_embeds(model: str) -> None:
    log = tiny_log()
    task, trainer = trained(model, log)
    assert len(trainer.history.rows) == 2
    assert {"loss", "valid/mrr@10", "valid/hr@10"} <= trainer.history.rows[0].keys()
    ids, vectors = task.embeddings()
    np.testing.assert_array_equal(ids, log.item_ids)
    assert vectors.shape == (ITEMS, 8)
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, task.module.get_parameter("encoder.items.weight").detach()[1:].numpy())
    metrics = task.evaluate()
    assert {"test/hr@10", "test/ndcg@10", "test/mrr@10", "test/recall@10", "valid/mrr@10"} <= metrics.keys()
    assert metrics["valid/mrr@10"] == max(trainer.history.column("valid/mrr@10")[1])


@pytest.mark.parametrize("model", TRAINED)
def test_evaluating_neither_learns_nor_depends_on_the_mode(model: str) -> None:
    task, _ = built(model, tiny_log())
    before = {name: value.clone() for name, value in task.module.state_dict().items()}
    task.module.train()
    first = task.validate()
    assert task.module.training
    task.module.eval()
    assert task.validate() == first
    assert first.items() <= task.evaluate().items()
    assert all(torch.equal(value, before[name]) for name, value in task.module.state_dict().items())
    assert all(parameter.grad is None for parameter in task.module.parameters())


@pytest.mark.parametrize("model", TRAINED)
def test_the_module_holds_all_that_is_optimised(model: str) -> None:
    task, _ = built(model, tiny_log())
    held = [id(one) for optimizer in task.optimizers.values() for g in optimizer.param_groups for one in g["params"]]
    assert len(held) == len(set(held))
    assert set(held) == {id(parameter) for parameter in task.module.parameters()}


@pytest.mark.parametrize("model", TRAINED)
def test_seed_decides(model: str) -> None:
    def vectors(seed: int) -> np.ndarray:
        return trained(model, tiny_log(), seed=seed)[0].embeddings()[1]

    np.testing.assert_array_equal(vectors(1), vectors(1))
    assert not np.array_equal(vectors(1), vectors(2))


@pytest.mark.parametrize("model", TRAINED)
def test_padding_is_never_recommended_and_never_moves(model: str) -> None:
    task, _ = built(model, tiny_log())
    table = task.module.get_parameter("encoder.items.weight")
    with torch.no_grad():
        table[0] = 1000  # whatever the user, some sign of this would come first
    for number in range(3):
        watched_step(task, number)
    assert torch.equal(table[0], torch.full((8,), 1000.0))
    answers = task.recommend([Query(user=str(user)) for user in range(12)], 100)
    assert all(sorted(int(item) for item, _ in answer.items) == list(range(100, 120)) for answer in answers)
    with torch.no_grad():
        before = task.evaluate()
        table[0] = -1000
        assert task.evaluate() == before


def test_an_epoch_goes_over_every_example_once_and_each_in_its_own_order() -> None:
    log = tiny_log()
    task, _ = built("sasrec", log)
    expected = sorted(
        (tuple(items[:stop][-10:]), items[stop])
        for items in (log.items[start : end - 2].tolist() for start, end in zip(log.offsets, log.offsets[1:]))
        for stop in range(1, len(items))
    )
    orders = []
    for epoch in (0, 1):
        batches = list(task.batches(epoch))
        found = []
        for inputs, targets in (task.gather(numbers) for numbers, _ in batches):
            sequences = [tuple(part.tolist()) for part in inputs.items.split(inputs.lengths.tolist())]
            found += list(zip(sequences, targets.tolist(), strict=True))
        assert sorted(found) == expected
        sizes = [len(numbers) for numbers, _ in batches]
        assert max(sizes) <= 16
        assert max(sizes) - min(sizes) <= 1
        orders.append(found)
    assert orders[0] != orders[1]
    assert orders[1] == [
        pair
        for inputs, targets in (task.gather(numbers) for numbers, _ in built("cl4srec", log)[0].batches(1))
        for pair in zip(
            [tuple(part.tolist()) for part in inputs.items.split(inputs.lengths.tolist())],
            targets.tolist(),
            strict=True,
        )
    ]


@pytest.mark.parametrize("model", TRAINED)
@pytest.mark.parametrize("lengths", [(5,), (4, 4), (6, 4, 3, 1, 2), (6,), (8,)])
def test_the_smallest_batches_still_train(model: str, lengths: tuple[int, ...]) -> None:
    """Of an odd number of examples in batches of 2, none is left alone: it would have no negatives."""
    _, trainer = trained(model, log_of(*lengths), batches={"size": 2})
    assert np.isfinite(trainer.history.column("loss")[1]).all()


@pytest.mark.parametrize("lengths", [(4,), (3, 3, 3), (1, 1), (2,)])
def test_histories_that_are_too_short_to_train_on(lengths: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match=r"training examples.*four items or more"):
        built("sasrec", log_of(*lengths))


@pytest.mark.parametrize("model", TRAINED)
def test_half_precision_ends_near_single_precision(model: str) -> None:
    losses = []
    for precision in ("32-true", "bf16-mixed"):
        _, trainer = trained(model, tiny_log(), trainer={"precision": precision})
        losses.append(trainer.history.rows[-1]["loss"])
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.02)


@pytest.mark.parametrize("accumulate", [2, 3])
def test_updates_that_follow_each_other_do_not_wait(accumulate: int) -> None:
    with pytest.raises(UserError, match="must follow the one before it"):
        built("mclrec", tiny_log(), trainer={"accumulate": accumulate})
    _, trainer = trained("mclrec", tiny_log(), trainer={"accumulate": accumulate}, contrast={"strategy": "joint"})
    assert np.isfinite(trainer.history.column("loss")[1]).all()


@pytest.mark.parametrize("accumulate", [2, 3])
def test_steps_may_wait_for_several_losses(accumulate: int) -> None:
    _, trainer = trained("cl4srec", tiny_log(), trainer={"accumulate": accumulate, "clip_norm": 1.0})
    losses = trainer.history.column("loss")[1]
    assert np.isfinite(losses).all()
    assert losses[1] < losses[0]


def test_a_metric_that_will_not_be_measured_is_refused_before_training() -> None:
    with pytest.raises(UserError, match=r"valid/mrr@20.*did you mean valid/mrr@10"):
        built("sasrec", tiny_log(), trainer={"monitor": "valid/mrr@20"})
    with pytest.raises(UserError, match=r"three items.*trainer.monitor=loss"):
        built("sasrec", log_of(2, 2))
    built("sasrec", log_of(2, 2), trainer={"monitor": "loss"})
