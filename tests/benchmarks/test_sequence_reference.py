"""The packed forms compute what the padded ones, which they are measured against, do in double precision."""

import random
from typing import Any, cast

import pytest
import torch

from benchmarks import sequence_form
from benchmarks.measurement import Job
from benchmarks.sequence_agreement import TOLERANCE, both_forms, differences, rank_difference
from benchmarks.sequence_reference import Padded, PaddedModel, padded_metrics, plain_nt_xent, two_padded_views
from benchmarks.worker import Built, build
from core.errors import UserError
from datasets import SequenceDataset
from datasets.leave_one_out import LeaveOneOut
from datasets.packing import PackedSequences
from recsys.augmentations import AugmentationSettings
from recsys.domain import domain
from recsys.encoders import SequenceEncoder
from recsys.sequence_task import SequenceTask

SMALL = ("data.users=60", "data.items=90", "batches.size=32", "encoder.max_length=12", "encoder.hidden=16")


def job(model: str, *assignments: str, **rest: Any) -> Job:
    return Job("planted-sequences", model, domain="sequence", assignments=(*SMALL, *assignments), repeats=1, **rest)


def built(model: str, *assignments: str) -> tuple[Built, SequenceTask]:
    found = build(job(model, *assignments), domain)
    assert isinstance(found.task, SequenceTask)
    return found, found.task


@pytest.mark.parametrize(
    ("model", "assignments", "updates"),
    [
        ("sasrec", [], ["encoder"]),
        ("cl4srec", ["objective.temperature=0.5"], ["encoder"]),
        ("mclrec", [], ["encoder", "augmenters", "encoder"]),
        ("mclrec", ["augmenter.shared=true"], ["encoder", "augmenters", "encoder"]),
        ("mclrec", ["contrast.regulariser_weight=0"], ["encoder", "augmenters", "encoder"]),
        ("mclrec", ["contrast.meta=false"], ["encoder", "augmenters", "encoder"]),
    ],
)
def test_both_forms_ask_for_the_same_updates(model: str, assignments: list[str], updates: list[str]) -> None:
    found, task = built(model, *assignments)
    batch = next(iter(task.batches(0)))
    packed, padded = both_forms(task, found.settings, batch)
    assert [one.optimizer for one in packed] == [one.optimizer for one in padded] == updates
    for ours, exact in zip(packed, padded, strict=True):
        assert exact.loss.dtype == torch.float64
        torch.testing.assert_close(ours.loss.double(), exact.loss, rtol=1e-5, atol=0)
        scale = float(exact.gradient.abs().max())
        assert scale > 0
        torch.testing.assert_close(ours.gradient.double(), exact.gradient, rtol=TOLERANCE, atol=TOLERANCE * scale)
    assert max(differences(task, found.settings, batch)) < TOLERANCE


def test_a_wrong_form_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(first: torch.Tensor, second: torch.Tensor, temperature: float) -> torch.Tensor:
        return plain_nt_xent(first, second, 1.01 * temperature)

    found, task = built("cl4srec")
    monkeypatch.setattr("benchmarks.sequence_reference.plain_nt_xent", wrong)
    loss, gradient = differences(task, found.settings, next(iter(task.batches(0))))
    assert gradient > TOLERANCE or loss > TOLERANCE


def test_both_evaluations_rank_and_score_alike() -> None:
    found, task = built("sasrec")
    encoder, dataset = cast(SequenceEncoder, task.module.get_submodule("encoder")), found.dataset
    assert isinstance(dataset, SequenceDataset)
    users, share = rank_difference(encoder, found.settings, dataset, users=40)
    assert (users, share) == (40, 0.0)
    encoder.double().eval()
    width = found.settings.encoder.max_length
    plain = padded_metrics(encoder, LeaveOneOut(dataset, width).valid, [5, 50], width=width)
    ours = task.validate()
    assert plain["hr@50"] > 0.3
    assert {f"valid/{name}": value for name, value in plain.items()} == pytest.approx(
        {f"valid/{name}": ours[f"valid/{name}"] for name in plain}, abs=0.02
    )


def test_padded_views_hold_what_the_operators_leave() -> None:
    random.seed(0)
    lengths = torch.arange(1, 11).repeat(30)
    items = torch.cat([torch.arange(1, int(length) + 1) for length in lengths])
    padded = Padded.of(PackedSequences(items, lengths), 10)
    for operator in ("crop", "mask", "reorder"):
        view, _ = two_padded_views(padded, AugmentationSettings(operators=[operator]))
        for row, before, after in zip(view.items, lengths.tolist(), view.lengths.tolist(), strict=True):
            kept = row[:after].tolist()
            assert row[after:].sum() == 0
            if operator == "crop":
                assert after == max(1, before // 2)
                assert kept == list(range(kept[0], kept[0] + after))
            elif operator == "mask":
                assert kept.count(0) == before // 2
                assert all(item in (0, place) for place, item in enumerate(kept, start=1))
            else:
                assert sorted(kept) == list(range(1, before + 1))
    first, second = two_padded_views(padded, AugmentationSettings())
    assert not torch.equal(first.items, second.items)


def test_what_has_no_padded_form_is_said() -> None:
    found, task = built("mclrec", "contrast.strategy=joint")
    with pytest.raises(UserError, match="strategy=meta"):
        PaddedModel(found.settings, task.module)


def test_steps_and_their_parts_are_measured() -> None:
    packed = sequence_form.run(job("mclrec"))
    assert packed.step_s > 0
    assert {
        "augment",
        "encode, forward",
        "encode, backward",
        "contrasts",
        "softmax",
        "optimiser",
    } <= packed.parts.keys()
    assert all(seconds > 0 for seconds in packed.parts.values())
    padded = sequence_form.run(job("mclrec", form="naive"))
    assert padded.size == packed.size
    assert padded.step_s > 0
    check = sequence_form.run(job("mclrec", form="check"))
    assert check.loss_difference is not None
    assert not check.differs


def test_evaluations_are_measured_by_the_user() -> None:
    found = [sequence_form.run(job("sasrec", phase="evaluation", form=form)) for form in ("fast", "naive", "check")]
    assert [one.size for one in found] == [60, 60, 60]
    assert found[0].step_s > 0
    assert found[1].step_s > 0
    assert found[2].rank_difference == 0.0
