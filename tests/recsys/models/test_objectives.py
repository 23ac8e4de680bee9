"""Each model's loss and gradients equal a slow float64 form, written from the equations, at every update."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from datasets.packing import PackedSequences
from recsys.augmentations import AugmentationSettings, two_views
from recsys.encoders import EncoderSettings, SequenceEncoder
from recsys.encoders.padded_reference import pad, padded_user_vectors
from recsys.sequence_task import SequenceTask
from tests.core.losses import reference
from tests.recsys.models.build import ITEMS, built, tiny_log
from tests.recsys.models.watch import Watch, WatchedUpdate

SIZES = {"hidden": 8, "inner": 12, "layers": 2, "heads": 2, "max_length": 10}
STILL = {"encoder": {**SIZES, "dropout": 0.0, "attention_dropout": 0.0}}
SEED = 11
Loss = Callable[["Slow", PackedSequences, Tensor], Tensor]


class Slow:
    """The parameters before an update in float64, and the functions of them that the losses are made of."""

    def __init__(self, before: dict[str, Tensor]) -> None:
        self.encoder = SequenceEncoder(ITEMS, EncoderSettings(**SIZES)).double().eval()
        state = {name: value.double() for name, value in before.items()}
        prefix = "encoder."
        self.encoder.load_state_dict({n.removeprefix(prefix): v for n, v in state.items() if n.startswith(prefix)})
        self.parameters: dict[str, Tensor] = {prefix + name: one for name, one in self.encoder.named_parameters()}
        rest = {name: value.requires_grad_() for name, value in state.items() if not name.startswith(prefix)}
        self.parameters |= rest

    @property
    def table(self) -> Tensor:
        return self.encoder.table

    def encode(self, sequences: PackedSequences) -> Tensor:
        return padded_user_vectors(self.encoder, pad(sequences, SIZES["max_length"]), sequences.lengths)

    def augment(self, number: int, encoded: Tensor) -> Tensor:
        for layer in range(3):
            weight, bias = (
                self.parameters[f"augmenters.{number}.layers.{layer}.{kind}"] for kind in ("weight", "bias")
            )
            encoded = encoded @ weight.T + bias
            if layer < 2:
                encoded = encoded * 0.5 * (1 + torch.erf(encoded / 2**0.5))
        return encoded / encoded.norm(dim=1, keepdim=True)


def views_of(inputs: PackedSequences) -> tuple[PackedSequences, PackedSequences]:
    """The views that the training step drew: with dropout off nothing else draws."""
    torch.manual_seed(SEED)
    return two_views(inputs, AugmentationSettings())


def steps_of(task: SequenceTask) -> tuple[list[WatchedUpdate], PackedSequences, Tensor]:
    """Do two training steps, so that the weights have left their start; return the second one's updates."""
    (first, second, *_) = task.batches(0)
    task.training_step(first, Watch(task))
    watch = Watch(task)
    torch.manual_seed(SEED)
    task.training_step(second, watch)
    return watch.calls, *task.gather(second[0])


def assert_follows(call: WatchedUpdate, loss: Loss, inputs: PackedSequences, targets: Tensor) -> None:
    slow = Slow(call.before)
    expected = loss(slow, inputs, targets)
    torch.testing.assert_close(call.loss.double(), expected.detach(), rtol=1e-5, atol=1e-6)
    gradients = torch.autograd.grad(expected, [slow.parameters[name] for name in call.gradients])
    # As one long vector: what is zero but for rounding must be small beside the rest.
    known, found = nn.utils.parameters_to_vector(gradients), nn.utils.parameters_to_vector(call.gradients.values())
    assert float((found - known).norm()) < 2e-4 * float(known.norm())


def recommendation(slow: Slow, inputs: PackedSequences, targets: Tensor) -> Tensor:
    return reference.catalogue_softmax(slow.encode(inputs), slow.table, targets)


def test_sasrec() -> None:
    task, _ = built("sasrec", tiny_log(), **STILL)
    (call,), inputs, targets = steps_of(task)
    assert_follows(call, recommendation, inputs, targets)
    assert call.gradients.keys() == call.before.keys()


def test_cl4srec() -> None:
    def loss(slow: Slow, inputs: PackedSequences, targets: Tensor) -> Tensor:
        first, second = (slow.encode(view) for view in views_of(inputs))
        return recommendation(slow, inputs, targets) + 0.3 * reference.nt_xent(first, second, 0.5)

    task, _ = built("cl4srec", tiny_log(), **STILL, objective={"temperature": 0.5}, contrast={"weight": 0.3})
    (call,), inputs, targets = steps_of(task)
    assert_follows(call, loss, inputs, targets)
    assert call.gradients.keys() == call.before.keys()


def mclrec_losses(temperature: float, shared: bool) -> tuple[Loss, Loss]:
    """L_rec + .2 L_cl1 + .3 (L_cl2 + .1 R) and, for the augmenters, .2 L_cl1 + L_cl2 + .1 R."""

    def contrasts(slow: Slow, inputs: PackedSequences) -> tuple[Tensor, Tensor]:
        h1, h2 = (slow.encode(view) for view in views_of(inputs))
        z1, z2 = slow.augment(0, h1), slow.augment(0 if shared else 1, h2)
        pairs = [(h1, z2), (h2, z1), (z1, z2)]
        learnt = sum(reference.nt_xent(*pair, temperature) for pair in pairs)
        regulariser = sum(reference.contrastive_regulariser(*pair) for pair in pairs)
        return reference.nt_xent(h1, h2, temperature), learnt + 0.1 * regulariser

    def encoder(slow: Slow, inputs: PackedSequences, targets: Tensor) -> Tensor:
        first, meta = contrasts(slow, inputs)
        return recommendation(slow, inputs, targets) + 0.2 * first + 0.3 * meta

    def augmenters(slow: Slow, inputs: PackedSequences, targets: Tensor) -> Tensor:
        return contrasts(slow, inputs)[1]

    return encoder, augmenters


CONTRAST = {"weight": 0.2, "meta_weight": 0.3, "regulariser_weight": 0.1}


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_mclrec_in_three_updates(temperature: float, shared: bool) -> None:
    sections = {"objective": {"temperature": temperature}, "contrast": CONTRAST, "augmenter": {"shared": shared}}
    task, _ = built("mclrec", tiny_log(), **STILL, **sections)
    calls, inputs, targets = steps_of(task)
    encoder, augmenters = mclrec_losses(temperature, shared)
    for call, loss in zip(calls, (encoder, augmenters, encoder), strict=True):
        assert_follows(call, loss, inputs, targets)


def test_mclrec_joint() -> None:
    task, _ = built("mclrec", tiny_log(), **STILL, contrast={**CONTRAST, "strategy": "joint"})
    (call,), inputs, targets = steps_of(task)
    assert_follows(call, mclrec_losses(1.0, shared=False)[0], inputs, targets)
    assert call.gradients.keys() == call.before.keys()


def test_augmenters_give_unit_vectors_by_gelu_layers() -> None:
    """Guards the reference as well: GELU as torch has it."""
    task, _ = built("mclrec", tiny_log(), **STILL)
    augmenters = task.module.get_submodule("augmenters")
    x = torch.randn(5, 8)
    state = {name: value.detach() for name, value in task.module.named_parameters()}
    for number in (0, 1):
        found = augmenters.get_submodule(str(number))(x)
        torch.testing.assert_close(found.double(), Slow(state).augment(number, x.double()), rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(found.norm(dim=1), torch.ones(5))
    layers = [state[f"augmenters.0.layers.{layer}.weight"] for layer in range(3)]
    assert [tuple(layer.shape) for layer in layers] == [(32, 8), (16, 32), (8, 16)]
    by_hand = functional.gelu(functional.gelu(x @ layers[0].T) @ layers[1].T) @ layers[2].T
    torch.testing.assert_close(augmenters.get_submodule("0")(x), functional.normalize(by_hand, dim=1))
