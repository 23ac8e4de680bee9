"""Dropout in the encoder: active in training alone, at every place, at its rate, and right on average."""

import pytest
import torch

from recsys.encoders import EncoderSettings, LengthGroups, SequenceEncoder
from recsys.encoders.packed_attention import PackedAttention
from recsys.encoders.padded_reference import pad, padded_user_vectors
from tests.recsys.packed import drawn, places

ITEMS = 30


def encoder_of(**rates: float) -> SequenceEncoder:
    torch.manual_seed(3)
    sizes = {"max_length": 10, "hidden": 8, "inner": 16, "dropout": 0.0, "attention_dropout": 0.0}
    return SequenceEncoder(ITEMS, EncoderSettings(**(sizes | rates)))


@pytest.mark.parametrize("rate", ["dropout", "attention_dropout"])
def test_it_is_active_in_training_and_nowhere_else(rate: str) -> None:
    encoder, sequences = encoder_of(**{rate: 0.5}), drawn([5, 1, 10, 3], ITEMS)
    assert not torch.equal(encoder(sequences), encoder(sequences))
    encoder.eval()
    assert torch.equal(encoder(sequences), encoder(sequences))
    torch.testing.assert_close(encoder(sequences), encoder_of().eval()(sequences))
    encoder.train()
    torch.manual_seed(0)
    first = encoder(sequences)
    torch.manual_seed(0)
    assert torch.equal(encoder(sequences), first)


def test_without_rates_training_is_evaluation() -> None:
    encoder, sequences = encoder_of(), drawn([5, 1, 10, 3], ITEMS)
    assert torch.equal(encoder.train()(sequences), encoder.eval()(sequences))


@pytest.mark.parametrize("queries", ["all", "last"])
def test_attention_weights_are_dropped_at_the_rate_and_right_on_average(queries: str) -> None:
    """With the identity for values and output, the last item's state shows the weights themselves."""
    length, rate = 8, 0.3
    torch.manual_seed(0)
    attention = PackedAttention(length, heads=1, dropout=rate)
    for layer in (attention.value, attention.output):
        torch.nn.init.eye_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    copies = 2000
    last = torch.arange(1, copies + 1) * length - 1
    states = torch.eye(length).repeat(copies, 1)
    groups = LengthGroups.of(places([length] * copies))
    with torch.no_grad():
        dropped = attention(states, groups, last, queries)
        known = attention.eval()(states, groups, last, queries)
    if queries == "all":
        dropped, known = dropped[last], known[last]
    assert float((dropped == 0).double().mean()) == pytest.approx(rate, abs=0.01)
    torch.testing.assert_close(dropped.mean(dim=0), known[0], rtol=0.08, atol=0)
    kept = dropped[dropped != 0] / known[dropped != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - rate)), rtol=1e-3, atol=0)


def test_the_results_spread_as_the_padded_encoders_do() -> None:
    """Other random numbers, the same distribution: mean and spread over many draws."""
    torch.manual_seed(1)
    encoder = encoder_of(dropout=0.4, attention_dropout=0.3)
    for parameter in encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    one = drawn([6], ITEMS)
    many = drawn([6] * 4000, ITEMS)
    many.items.copy_(one.items.repeat(4000))
    with torch.no_grad():
        packed = encoder(many)
        padded = padded_user_vectors(encoder, pad(many, 10), many.lengths)
    error = packed.std(dim=0) / 4000**0.5
    assert ((packed.mean(dim=0) - padded.mean(dim=0)).abs() < 6 * error).all()
    torch.testing.assert_close(packed.std(dim=0), padded.std(dim=0), rtol=0.1, atol=0)
