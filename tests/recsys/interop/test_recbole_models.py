"""RecBole's models on our split: what they are fed, and that training, resuming, ranking and recommending work."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import UserError
from core.history import read_history
from core.recommending import Query, UnanswerableError
from recsys.interop.recbole.catalogue import sequential_models
from tests.recsys.interop.recbole_runs import built, needs_recbole, trained
from tests.recsys.models.build import ITEMS, tiny_log

pytestmark = needs_recbole

OTHER_DATA = {"FDSA", "GRU4RecF", "GRU4RecKG", "KSR", "S3Rec", "SASRecF"}
PAIRS_ONLY = {"DIEN", "DIN"}
SLOW = {"BERT4Rec": {"n_layers": 1}, "NextItNet": {"block_num": 1}}
SMALL_CATALOGUE = {name: {"reranker_CAN_NUM": 5} for name in ("GRU4RecCPR", "SASRecCPR")}
RUNNABLE = sorted(set(sequential_models()) - OTHER_DATA - PAIRS_ONLY)


@pytest.mark.parametrize("name", RUNNABLE)
def test_every_model_that_ranks_by_histories_trains_ranks_and_embeds(name: str) -> None:
    log = tiny_log()
    task, trainer = trained(name, log, recbole={**SLOW, **SMALL_CATALOGUE}.get(name, {}), trainer={"epochs": 1})
    assert np.isfinite(trainer.history.column("loss")[1]).all()
    assert task.evaluate()["valid/mrr@10"] == trainer.history.rows[0]["valid/mrr@10"]
    ids, vectors = task.embeddings()
    np.testing.assert_array_equal(ids, log.item_ids)
    assert vectors.shape[0] == ITEMS
    assert vectors.dtype == np.float32
    (answer,) = task.recommend([Query(user="3")], 100)
    assert sorted(int(item) for item, _ in answer.items) == list(range(100, 100 + ITEMS))
    scores = [score for _, score in answer.items]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("name", sorted(OTHER_DATA))
def test_a_model_that_needs_other_data_says_so(name: str) -> None:
    with pytest.raises(UserError, match=rf"RecBole's {name} learns from more than histories: it asks the data for"):
        built(name, tiny_log())


@pytest.mark.parametrize("name", sorted(PAIRS_ONLY))
def test_a_model_of_single_pairs_says_so(name: str) -> None:
    with pytest.raises(UserError, match=rf"RecBole's {name} scores single pairs"):
        built(name, tiny_log())


def test_what_a_model_refuses_is_told() -> None:
    with pytest.raises(UserError, match=r"SASRec cannot be built: .*multiple.*n_heads=3"):
        built("SASRec", tiny_log(), recbole={"n_heads": 3})
    with pytest.raises(UserError, match=r"GRU4RecCPR computes no loss: .*reranker_CAN_NUM=100"):
        trained("GRU4RecCPR", tiny_log())


def test_the_model_is_fed_padded_prefixes_of_our_split(monkeypatch: pytest.MonkeyPatch) -> None:
    log = tiny_log()
    task, _ = built("FPMC", log, batches={"max_length": 4})
    fed = []

    def watch(batch: object) -> torch.Tensor:
        fed.append({field: batch[field] for field in batch})  # type: ignore[attr-defined, index]
        return task.module.IU_emb.weight.sum()  # type: ignore[union-attr, operator, return-value]

    monkeypatch.setattr(task.module, "calculate_loss", watch)
    for batch in task.batches(0):
        task.training_step(batch, lambda optimizer, loss: None)
    together = {field: torch.cat([one[field] for one in fed]) for field in fed[0]}
    assert together.keys() == {"user_id", "item_id", "neg_item_id", "item_id_list", "item_length"}
    found = sorted(
        (user, tuple(items), length, target)
        for user, items, length, target in zip(
            *(together[field].tolist() for field in ("user_id", "item_id_list", "item_length", "item_id")), strict=True
        )
    )
    expected = []
    for user, (start, end) in enumerate(zip(log.offsets[:-1], log.offsets[1:], strict=True)):
        history = log.items[start:end].tolist()
        for stop in range(1, len(history) - 2):
            recent = history[:stop][-4:]
            expected.append((user + 1, (*recent, *[0] * (4 - len(recent))), len(recent), history[stop]))
    assert found == sorted(expected)


@pytest.mark.parametrize("name", ["GRU4Rec", "BERT4Rec", "FPMC"])
def test_a_run_that_goes_on_ends_as_one_without_a_break(name: str, tmp_path: Path) -> None:
    """Dropout, RecBole's own random masks, and negatives: torch's and Python's generators are all gone on with."""
    log, hyper = tiny_log(), SLOW.get(name, {})
    whole, _ = trained(name, log, tmp_path / "whole", recbole=hyper, trainer={"epochs": 4, "keep": "last"})
    trained(name, log, tmp_path / "parts", recbole=hyper, trainer={"epochs": 2, "keep": "last"})
    parts, _ = trained(name, log, tmp_path / "parts", resume=True, recbole=hyper, trainer={"epochs": 4, "keep": "last"})
    for key, value in whole.module.state_dict().items():
        assert torch.equal(value, parts.module.state_dict()[key]), key
    histories = [read_history(tmp_path / run / "metrics.csv") for run in ("whole", "parts")]
    for column in ("loss", "valid/mrr@10"):
        assert histories[0].column(column) == histories[1].column(column)
    assert len(histories[0].rows) == 4
    assert whole.evaluate() == parts.evaluate()


def test_seed_decides() -> None:
    def vectors(seed: int) -> np.ndarray:
        return trained("STAMP", tiny_log(), seed=seed)[0].embeddings()[1]

    np.testing.assert_array_equal(vectors(1), vectors(1))
    assert not np.array_equal(vectors(1), vectors(2))


def test_evaluating_neither_learns_nor_draws() -> None:
    task, _ = built("BERT4Rec", tiny_log(), recbole=SLOW["BERT4Rec"])
    task.module.train()
    state = torch.get_rng_state()
    first = task.validate()
    assert task.module.training
    assert task.validate() == first
    assert torch.equal(torch.get_rng_state(), state)
    assert first.items() <= task.evaluate().items()


def test_batches_of_users_do_not_show() -> None:
    task, _ = trained("GRU4Rec", tiny_log())
    one_by_one, _ = built("GRU4Rec", tiny_log(), evaluation={"batch_tokens": 1})
    one_by_one.module.load_state_dict(task.module.state_dict())
    assert one_by_one.evaluate() == pytest.approx(task.evaluate())


def test_new_users_are_served_by_models_that_need_no_user_vector() -> None:
    log = tiny_log()
    task, _ = trained("GRU4Rec", log)
    history = log.items[log.offsets[3] : log.offsets[4]]
    raw = tuple(str(log.item_ids[item - 1]) for item in history)
    known, new = task.recommend([Query(user="3"), Query(history=raw)], 5, filter_seen=True)
    assert known.items == new.items
    assert not {item for item, _ in known.items} & set(raw)
    fpmc, _ = built("FPMC", log)
    assert len(fpmc.recommend([Query(user="3")], 5)[0].items) == 5
    with pytest.raises(UnanswerableError, match=r"a vector for each user.*--user") as refused:
        fpmc.recommend([Query(user="3"), Query(history=raw)], 5)
    assert list(refused.value.reasons) == [1]


@pytest.mark.parametrize("name", ["GRU4Rec", "FPMC"])
@pytest.mark.parametrize("filter_seen", [False, True])
def test_many_users_at_once_get_what_each_gets_alone(name: str, filter_seen: bool) -> None:
    log = tiny_log()
    task, _ = trained(name, log, evaluation={"batch_tokens": 30})
    rows = np.array([7, 0, 3, 11, 2])
    numbers, scores = task.rank_items(rows, 4, filter_seen=filter_seen)
    together = task.recommend([Query(user=str(row)) for row in rows], 4, filter_seen=filter_seen)
    for place, row in enumerate(rows):
        (alone,) = task.recommend([Query(user=str(row))], 4, filter_seen=filter_seen)
        assert [item for item, _ in alone.items] == [item for item, _ in together[place].items]
        assert [item for item, _ in alone.items] == [str(log.item_ids[number - 1]) for number in numbers[place]]
        assert [score for _, score in alone.items] == pytest.approx(scores[place].tolist(), rel=1e-4)


def test_a_pairwise_loss_gets_its_negatives() -> None:
    _, trainer = trained("GRU4Rec", tiny_log(), recbole={"loss_type": "BPR"}, trainer={"epochs": 5})
    losses = trainer.history.column("loss")[1]
    assert losses[-1] < losses[0] < 1
