"""Fillers make the number of items round and change nothing else."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.encoders import EncoderInput, EncoderSettings, SequenceEncoder
from recsys.encoders.encoder_input import ROUND
from tests.recsys.packed import drawn, lengths

ITEMS = 9


@settings(deadline=None)
@given(lengths, st.integers(1, 50))
def test_the_number_of_items_is_round_and_the_batch_comes_first(lengths: list[int], longest: int) -> None:
    sequences = drawn(lengths, ITEMS)
    prepared = EncoderInput.of(sequences, longest)
    total = len(prepared.sequences.items)
    assert total % ROUND == 0
    assert total - sum(lengths) < ROUND
    assert prepared.count == len(lengths)
    assert prepared.sequences.lengths.tolist()[: len(lengths)] == lengths
    assert torch.equal(prepared.sequences.items[: sum(lengths)], sequences.items)
    fillers = prepared.sequences.lengths[len(lengths) :]
    assert ((fillers >= 1) & (fillers <= longest)).all()
    assert prepared.last.tolist() == (prepared.sequences.lengths.cumsum(0) - 1).tolist()


def test_a_prepared_batch_encodes_as_the_plain_one() -> None:
    torch.manual_seed(0)
    encoder = SequenceEncoder(ITEMS, EncoderSettings(hidden=8, inner=8, max_length=20)).eval()
    sequences = drawn([3, 20, 1], ITEMS)
    vectors = encoder(encoder.prepare(sequences))
    assert vectors.shape == (3, 8)
    assert torch.equal(vectors, encoder(sequences))
    gradient = torch.autograd.grad(vectors.sum(), encoder.items.weight)[0]
    assert (gradient[0] == 0).all()  # item 0 is the fillers' alone here
