"""MCLRec's updates move exactly the parameters that they should, and ablations leave out exactly their part."""

import math

import pytest
import torch

from core.errors import UserError
from core.trainer import share_batches
from recsys.examples import epoch_batches
from recsys.model_augmenter import ModelAugmenter
from recsys.sequence_task import SequenceTask
from recsys.settings import number_of_batches, smallest_batch
from tests.recsys.models.build import built, tiny_log
from tests.recsys.models.watch import watched_step

WEIGHTS = {"weight": 0.2, "meta_weight": 0.3, "regulariser_weight": 0.1}


def mclrec(augmenter: dict | None = None, **contrast: object) -> SequenceTask:
    sections = {"contrast": WEIGHTS | contrast, "augmenter": augmenter or {}}
    return built("mclrec", tiny_log(), **sections)[0]


def names(task: SequenceTask, part: str) -> set[str]:
    """The task's parameters of the encoder or of the augmenters, without those that cannot matter."""
    found = {name for name, _ in task.module.named_parameters() if name.startswith(part)}
    # The softmax of attention does not see what is added to all its scores.
    return {name for name in found if not name.endswith("attention.key.bias")}


def significant(moved: set[str]) -> set[str]:
    """Rounding errors are gradients to Adam: a key's bias may move, too."""
    return {name for name in moved if not name.endswith("attention.key.bias")}


def test_meta_moves_encoder_then_augmenters_then_encoder() -> None:
    task = mclrec()
    calls, _ = watched_step(task)
    assert [call.optimizer for call in calls] == ["encoder", "augmenters", "encoder"]
    for call, part in zip(calls, ("encoder", "augmenters", "encoder"), strict=True):
        assert significant(call.moved) == names(task, part)


def test_the_augmenters_update_computes_no_gradient_of_the_encoder() -> None:
    task = mclrec()
    calls, _ = watched_step(task)
    assert calls[1].reached == names(task, "augmenters")
    assert calls[0].reached >= names(task, "encoder") | names(task, "augmenters")


def test_the_third_update_sees_the_updated_encoder_and_augmenters() -> None:
    """With no dropout the losses of the first and third update differ by what the steps between them did."""
    still = {"dropout": 0.0, "attention_dropout": 0.0}
    task, _ = built("mclrec", tiny_log(), contrast=WEIGHTS, encoder=still)
    calls, parts = watched_step(task)
    assert calls[2].loss.item() < calls[0].loss.item()
    assert parts["loss"] == pytest.approx(calls[2].loss.item())
    frozen, _ = built("mclrec", tiny_log(), contrast=WEIGHTS, encoder=still, augmenter={"optimizer": {"lr": 1e-12}})
    others, _ = watched_step(frozen)
    assert others[0].loss.item() == calls[0].loss.item()
    assert others[1].loss.item() == calls[1].loss.item()
    assert others[2].loss.item() != calls[2].loss.item()


def test_joint_moves_everything_once() -> None:
    task = mclrec(strategy="joint")
    calls, _ = watched_step(task)
    (call,) = calls
    assert significant(call.moved) == names(task, "encoder") | names(task, "augmenters")


def test_joint_keeps_the_step_sizes_apart() -> None:
    sections = {"optimizer": {"lr": 0.25}, "augmenter": {"optimizer": {"lr": 0.5}}}
    task, _ = built("mclrec", tiny_log(), contrast={"strategy": "joint"}, **sections)
    (optimizer,) = task.optimizers.values()
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.5]


def test_alternate_goes_over_the_batches_twice() -> None:
    task = mclrec(strategy="alternate")
    batches = list(task.batches(0))
    assert len(batches) == 2 * len(list(mclrec().batches(0)))
    half = len(batches) // 2
    for number, (part, optimizer) in {0: ("encoder", "encoder"), half: ("augmenters", "augmenters")}.items():
        (call,), parts = watched_step(task, number)
        assert call.optimizer == optimizer
        assert significant(call.moved) == names(task, part)
        assert ("loss" in parts) == (number == 0)
    assert all(torch.equal(one[0], other[0]) for one, other in zip(batches[:half], batches[half:], strict=True))


def sum_of(parts: dict[str, float]) -> float:
    """The encoder's loss from its parts, at this module's weights."""
    meta = parts.get("meta_contrast", 0.0) + WEIGHTS["regulariser_weight"] * parts.get("regulariser", 0.0)
    return parts["recommendation"] + WEIGHTS["weight"] * parts.get("contrast", 0.0) + 0.3 * meta


@pytest.mark.parametrize("strategy", ["meta", "joint"])
@pytest.mark.parametrize(
    ("contrast", "without"),
    [
        ({}, set()),
        ({"weight": 0}, {"contrast"}),
        ({"meta": False}, {"meta_contrast"}),
        ({"regulariser_weight": 0}, {"regulariser"}),
        ({"meta_weight": 0}, {"meta_contrast", "regulariser"}),
        ({"meta": False, "regulariser_weight": 0}, {"meta_contrast", "regulariser"}),
    ],
)
def test_ablations_leave_out_their_part_and_no_other(strategy: str, contrast: dict, without: set[str]) -> None:
    task = mclrec(strategy=strategy, **contrast)
    calls, parts = watched_step(task)
    expected = {"loss", "recommendation", "contrast", "meta_contrast", "regulariser"} - without
    assert parts.keys() - {"augmenters", "diagnostics/alignment", "diagnostics/uniformity"} == expected
    assert parts["loss"] == pytest.approx(sum_of(parts), rel=1e-6)
    assert math.isfinite(parts["loss"])
    learns = not {"meta_contrast", "regulariser"} <= without or "meta_weight" in contrast
    assert [call.optimizer for call in calls] == {
        "joint": ["all"],
        "meta": ["encoder", "augmenters", "encoder"] if learns else ["encoder", "encoder"],
    }[strategy]


def test_a_shared_augmenter_is_one_network() -> None:
    single, two = (
        sum(parameter.numel() for name, parameter in task.module.named_parameters() if name.startswith("augmenters"))
        for task in (mclrec({"shared": True}), mclrec())
    )
    assert two == 2 * single == 2 * sum(before * after + after for before, after in ((8, 32), (32, 16), (16, 8)))
    task = mclrec({"shared": True})
    calls, _ = watched_step(task)
    assert significant(calls[1].moved) == names(task, "augmenters")


@pytest.mark.parametrize("strategy", ["meta", "joint", "alternate"])
def test_padding_never_moves(strategy: str) -> None:
    task = mclrec(strategy=strategy)
    table = task.module.get_parameter("encoder.items.weight")
    before = table.detach().clone()
    for number in range(3):
        watched_step(task, number)
    assert torch.equal(table[0], before[0])
    assert not torch.equal(table[1:], before[1:])


def test_several_processes_do_the_same_step_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """An odd number of batches would else let one process move the encoder while another moves the augmenters."""
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    for processes in (2, 3, 4):
        monkeypatch.setattr(torch.distributed, "get_world_size", lambda processes=processes: processes)
        task = mclrec(strategy="alternate")
        shares = [list(share_batches(task.batches(0), rank, processes)) for rank in range(processes)]
        for together in zip(*shares, strict=True):
            assert len({step.__name__ for _, step in together}) == 1
        first_pass = [numbers for share in shares for numbers, step in share if step.__name__ == "encoder_step"]
        examples = torch.cat([numbers for numbers, _ in mclrec().batches(0)])
        assert torch.equal(torch.cat(first_pass).sort().values, examples.sort().values)


@pytest.mark.parametrize("processes", [1, 2, 3, 8])
def test_batches_come_in_whole_groups_of_two_examples_or_more(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: processes)
    for examples in range(2, 80):
        for size in (2, 3, 16, 256):
            if examples < 2 * processes:
                with pytest.raises(UserError, match=f"{examples} training examples are too few"):
                    number_of_batches(examples, size)
                continue
            sizes = [len(batch) for batch in epoch_batches(examples, size, 0, 0)]
            assert len(sizes) % processes == 0
            assert sum(sizes) == examples
            assert 2 <= min(sizes) == smallest_batch(examples, size)


def test_alternate_weighs_the_regulariser_as_the_paper_does() -> None:
    """Stage two: ``L_cl2 + gamma R`` with gamma a share of beta, so that without beta the regulariser is gone."""
    losses = []
    for beta in (0.3, 0.6):
        task = mclrec(strategy="alternate", meta=False, meta_weight=beta)
        torch.manual_seed(0)
        (call,), _ = watched_step(task, len(list(task.batches(0))) // 2)
        losses.append(call.loss.item())
    assert losses[1] == pytest.approx(2 * losses[0], rel=1e-5)


def test_learnt_views_keep_single_precision_under_autocast() -> None:
    augmenter = ModelAugmenter(8, [4])
    with torch.autocast("cpu", torch.bfloat16):
        views = augmenter(torch.randn(5, 8))
    assert views.dtype == torch.float32
    torch.testing.assert_close(views.norm(dim=1), torch.ones(5))
