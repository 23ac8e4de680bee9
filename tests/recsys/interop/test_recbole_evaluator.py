"""Our figures and RecBole's: the same scores in both evaluators, and the whole way through each library."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from datasets import SequenceDataset, load
from datasets.interop.recbole import import_recbole, write_inter
from recsys.interop.recbole.evaluator import recbole_metrics
from recsys.interop.recbole.task import RecboleTask
from tests.recsys.interop.recbole_runs import needs_recbole, trained
from tests.recsys.models.build import ITEMS, tiny_log

pytestmark = needs_recbole


def both(task: RecboleTask, split: str) -> tuple[dict[str, float], dict[str, float]]:
    """Return the figures of one split by our evaluator and by RecBole's, on the same scores."""
    examples = getattr(task.split, split)
    with torch.no_grad():
        batches = [
            (task.scores(examples, numbers), examples.targets(numbers))
            for numbers in torch.arange(len(examples)).split(5)
        ]
    ours = {
        name.removeprefix(f"{split}/"): value
        for name, value in task.evaluate().items()
        if name.startswith(f"{split}/") and name.split("/")[1].startswith(("hr@", "recall@", "ndcg@", "mrr@", "prec"))
    }
    return ours, recbole_metrics(batches, [1, 5, 10])


@pytest.mark.parametrize("name", ["GRU4Rec", "SASRec", "FPMC"])
def test_both_evaluators_give_the_same_figures(name: str) -> None:
    task, _ = trained(name, tiny_log(40))
    for split in ("valid", "test"):
        ours, theirs = both(task, split)
        assert len(ours) == 15
        assert theirs == pytest.approx(ours, abs=1e-12)
        assert 0 < ours["mrr@10"] < 1


def test_ties_are_where_they_differ() -> None:
    """All alike: RecBole gives each item the place that its sort happens to find, we give the target the last."""
    task, _ = trained("GRU4Rec", tiny_log(40))
    with torch.no_grad():
        for parameter in task.module.parameters():
            parameter.zero_()
    ours, theirs = both(task, "test")
    assert ours["hr@10"] == 0
    assert theirs["hr@10"] > 0


def longer_log() -> SequenceDataset:
    """Users with 4 to 17 items: of those with three RecBole puts the validation example into training."""
    generator = np.random.default_rng(5)
    lengths = generator.integers(4, 18, 30)
    items = np.concatenate([np.arange(1, ITEMS + 1), generator.integers(1, ITEMS + 1, lengths.sum() - ITEMS)])
    names = np.array([f"item-{number}" for number in range(ITEMS)])
    return SequenceDataset("toy", items, np.cumsum([0, *lengths]), None, np.arange(30) + 7, names, "0")


@pytest.mark.filterwarnings("ignore")  # RecBole's own, of pandas and NumPy
def test_recboles_reader_split_trainer_and_evaluator_find_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = longer_log()
    write_inter(log, tmp_path / "toy/toy.inter")
    monkeypatch.chdir(tmp_path)  # RecBole's trainer leaves folders where it runs
    monkeypatch.setattr(sys, "argv", ["test"])  # which its configuration reads
    config = import_recbole("recbole.config").Config(
        model="GRU4Rec",
        dataset="toy",
        config_dict={
            "data_path": str(tmp_path),
            "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
            "train_neg_sample_args": None,
            "MAX_ITEM_LIST_LENGTH": 10,
            "use_gpu": False,
            "show_progress": False,
            "topk": [1, 5, 10],
            "metrics": ["Hit", "NDCG", "MRR"],
            "metric_decimal_place": 12,
        },
    )
    theirs = import_recbole("recbole.data").create_dataset(config)
    parts = import_recbole("recbole.data").data_preparation(config, theirs)
    task, _ = trained("GRU4Rec", load(str(tmp_path / "toy/toy.inter")))

    # Both number items in an order of their own; raw ids are what they share.
    raw = theirs.field2id_token["item_id"].tolist()
    numbers = load(str(tmp_path / "toy/toy.inter")).item_numbers(raw[1:])
    place = np.concatenate([[0], numbers])
    for part, examples in zip(parts, (task.split.train, task.split.valid, task.split.test), strict=True):
        table = part.dataset.inter_feat if part is parts[0] else part._dataset.inter_feat
        found = sorted(
            (tuple(place[items[:length]].tolist()), place[target].item())
            for items, length, target in zip(
                *(table[field].tolist() for field in ("item_id_list", "item_length", "item_id")), strict=True
            )
        )
        everything = torch.arange(len(examples))
        inputs = examples.inputs(everything)
        expected = sorted(
            (tuple(items.tolist()), target)
            for items, target in zip(
                inputs.items.split(inputs.lengths.tolist()), examples.targets(everything).tolist(), strict=True
            )
        )
        assert found == expected
        assert expected

    model = import_recbole("recbole.utils").get_model("GRU4Rec")(config, parts[0].dataset)
    weights = {key: value.clone() for key, value in task.module.state_dict().items()}
    weights["item_embedding.weight"] = weights["item_embedding.weight"][torch.from_numpy(place)]
    model.load_state_dict(weights)
    trainer = import_recbole("recbole.trainer").Trainer(config, model)
    ours = task.evaluate()
    for split, part in zip(("valid", "test"), parts[1:], strict=True):
        result = trainer.evaluate(part, load_best_model=False)
        for theirs_name, ours_name in (("hit", "hr"), ("ndcg", "ndcg"), ("mrr", "mrr")):
            for k in (1, 5, 10):
                assert result[f"{theirs_name}@{k}"] == pytest.approx(ours[f"{split}/{ours_name}@{k}"], abs=1e-11)
