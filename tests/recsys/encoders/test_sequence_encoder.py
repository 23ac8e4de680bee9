"""The packed encoder against the padded one, and what a causal encoder must not know."""

import pytest
import torch
from torch import Tensor, nn

from datasets.packing import PackedSequences, join, pack
from recsys.encoders import EncoderSettings, SequenceEncoder
from recsys.encoders.padded_reference import pad, padded_user_vectors
from tests.recsys.packed import drawn

ITEMS, MAX_LENGTH = 30, 20
LENGTHS = [1, 20, 7, 1, 13, 20, 2, 9, 3, 19, 5, 4, 11]


def encoder_of(dtype: torch.dtype = torch.float64, **changes: object) -> SequenceEncoder:
    """A small encoder whose weights are large enough for every part to show in the result."""
    torch.manual_seed(7)
    sizes = {"max_length": MAX_LENGTH, "hidden": 12, "inner": 20, "layers": 2, "heads": 2} | changes
    encoder = SequenceEncoder(ITEMS, EncoderSettings(**sizes)).to(dtype)
    for parameter in encoder.parameters():
        nn.init.normal_(parameter, std=0.4)
    return encoder.eval()


def padded(encoder: SequenceEncoder, sequences: PackedSequences, width: int = MAX_LENGTH) -> Tensor:
    return padded_user_vectors(encoder, pad(sequences, width), sequences.lengths)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("heads", [1, 3])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])
def test_packed_equals_padded(layers: int, heads: int, dtype: torch.dtype, tolerance: float) -> None:
    encoder = encoder_of(dtype, layers=layers, heads=heads)
    sequences = drawn(LENGTHS, ITEMS)
    weights = torch.randn(len(LENGTHS), 12, generator=torch.Generator().manual_seed(1)).to(dtype)
    found, expected = encoder(sequences), padded(encoder, sequences)
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)
    gradients = [torch.autograd.grad((weights * one).sum(), list(encoder.parameters())) for one in (found, expected)]
    for (name, _), one, other in zip(encoder.named_parameters(), *gradients, strict=True):
        scale = max(1.0, float(other.abs().max()))
        torch.testing.assert_close(
            one, other, rtol=tolerance, atol=tolerance * scale, msg=lambda m, n=name: f"{n}: {m}"
        )
        assert one.abs().max() > 0 or name.endswith("key.bias"), f"{name} has no part in the result"


@pytest.mark.parametrize("lengths", [[1], [MAX_LENGTH], [1] * 9, [MAX_LENGTH] * 3, list(range(1, MAX_LENGTH + 1))])
def test_packed_equals_padded_for_any_lengths(lengths: list[int]) -> None:
    encoder, sequences = encoder_of(), drawn(lengths, ITEMS)
    torch.testing.assert_close(encoder(sequences), padded(encoder, sequences), rtol=1e-10, atol=1e-10)


def test_the_items_of_padding_do_not_matter() -> None:
    encoder, sequences = encoder_of(), drawn(LENGTHS, ITEMS)
    items = pad(sequences, MAX_LENGTH)
    junk = torch.where(items == 0, 5, items)
    one, other = (padded_user_vectors(encoder, filled, sequences.lengths) for filled in (items, junk))
    torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


def test_the_batch_around_a_sequence_does_not_matter() -> None:
    encoder, sequences = encoder_of(), drawn(LENGTHS, ITEMS)
    together = encoder(sequences)
    for row, part in enumerate(sequences.items.split(LENGTHS)):
        alone = encoder(PackedSequences(part, torch.tensor([len(part)])))
        torch.testing.assert_close(alone[0], together[row], rtol=1e-10, atol=1e-10)
    order = torch.randperm(len(LENGTHS), generator=torch.Generator().manual_seed(0))
    shuffled = pack(sequences.items, sequences.offsets[:-1][order], sequences.lengths[order])
    torch.testing.assert_close(encoder(shuffled), together[order], rtol=1e-10, atol=1e-10)
    twice = encoder(join([sequences, sequences]))
    torch.testing.assert_close(twice, torch.cat([together, together]), rtol=1e-10, atol=1e-10)


def states_of(encoder: SequenceEncoder, sequence: Tensor) -> Tensor:
    """The states that enter the last block: one an item."""
    seen = []
    handle = encoder.blocks[-1].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    encoder(PackedSequences(sequence, torch.tensor([len(sequence)])))
    handle.remove()
    return seen[0]


def test_no_state_knows_what_comes_later() -> None:
    encoder = encoder_of(layers=3)
    sequence = drawn([12], ITEMS).items
    whole = states_of(encoder, sequence)
    for stop in range(1, 12):
        changed = sequence.clone()
        changed[stop:] = changed[stop:] % ITEMS + 1
        torch.testing.assert_close(states_of(encoder, changed)[:stop], whole[:stop], rtol=1e-10, atol=1e-10)
        assert not torch.allclose(states_of(encoder, changed)[stop], whole[stop])


def test_every_item_before_matters_and_so_does_the_order() -> None:
    encoder = encoder_of()
    sequence = drawn([9], ITEMS).items
    lone = torch.tensor([9])
    whole = encoder(PackedSequences(sequence, lone))
    for place in range(9):
        changed = sequence.clone()
        changed[place] = changed[place] % ITEMS + 1
        assert not torch.allclose(encoder(PackedSequences(changed, lone)), whole, rtol=1e-6)
    swapped = sequence[[1, 0, *range(2, 9)]]
    assert not torch.allclose(encoder(PackedSequences(swapped, lone)), whole, rtol=1e-6)


@pytest.mark.parametrize("layers", [1, 2])
def test_hidden_masks_equal_the_padded_form(layers: int) -> None:
    sequences = drawn(LENGTHS, ITEMS)
    masked = torch.rand(len(sequences.items), generator=torch.Generator().manual_seed(3)) < 0.5
    views = PackedSequences(sequences.items.masked_fill(masked, 0), sequences.lengths)
    assert masked[views.offsets[1:] - 1].any(), "no sequence ends with a mask"
    encoder = encoder_of(layers=layers, hide_masked=True)
    found, expected = encoder(views), padded(encoder, views)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    assert not torch.allclose(found, padded(encoder_of(layers=layers), views))
    gradients = [torch.autograd.grad(one.square().sum(), list(encoder.parameters())) for one in (found, expected)]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


def test_a_hidden_mask_says_nothing_and_a_seen_one_does() -> None:
    sequence = PackedSequences(torch.tensor([3, 0, 5, 4]), torch.tensor([4]))
    for hide in (True, False):
        encoder = encoder_of(hide_masked=hide)
        before = encoder(sequence)
        with torch.no_grad():
            encoder.items.weight[0] += torch.arange(12)
        assert torch.allclose(encoder(sequence), before) == hide


def test_the_mask_item_gets_no_gradient() -> None:
    encoder = encoder_of()
    sequences = PackedSequences(torch.tensor([3, 0, 5, 0]), torch.tensor([3, 1]))
    encoder(sequences).square().sum().backward()
    gradient = encoder.items.weight.grad
    assert gradient is not None
    assert not gradient[0].any()
    assert gradient[[3, 5]].any(dim=1).all()


def test_first_weights() -> None:
    torch.manual_seed(0)
    encoder = SequenceEncoder(2000, EncoderSettings())
    for name, parameter in encoder.named_parameters():
        if "norm" in name:
            assert torch.equal(parameter, torch.full_like(parameter, float(name.endswith("weight"))))
        elif name.endswith("bias"):
            assert not parameter.any()
        else:
            assert parameter.mean().item() == pytest.approx(0, abs=2e-3)
            assert parameter.std().item() == pytest.approx(0.02, rel=0.05)
    assert {module.eps for module in encoder.modules() if isinstance(module, nn.LayerNorm)} == {1e-12}
    assert encoder.table.shape == (2001, 64)


def test_sequences_that_are_too_long_or_heads_that_do_not_divide() -> None:
    with pytest.raises(ValueError, match=r"hidden \(10\) must be a multiple of heads \(3\)"):
        EncoderSettings(hidden=10, heads=3)
    with pytest.raises(IndexError):
        encoder_of()(drawn([MAX_LENGTH + 1], ITEMS))
