"""Padded histories, however they are padded, against packed ones."""

import pytest
import torch
from torch import nn

from datasets.packing import PackedSequences
from recsys.encoders import EncoderSettings, SequenceEncoder
from recsys.encoders.padded_encoder import PaddedEncoder

ITEMS, LONGEST = 30, 6
HISTORIES = [[3], [4, 4, 9], [1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12, 13, 14, 15]]


@pytest.fixture(scope="module")
def encoder() -> SequenceEncoder:
    torch.manual_seed(0)
    made = SequenceEncoder(ITEMS, EncoderSettings(max_length=LONGEST, hidden=8, inner=12)).eval()
    nn.init.normal_(made.items.weight)
    nn.init.normal_(made.positions.weight)
    return made


def padded(left: int, width: int) -> torch.Tensor:
    """Histories after `left` zeros."""
    rows = [[0] * left + history + [0] * (width - left - len(history)) for history in HISTORIES]
    return torch.tensor(rows)


@pytest.mark.parametrize("items", [padded(0, 9), padded(5, 14), padded(2, 20)], ids=["right", "left", "both"])
@torch.no_grad()
def test_vectors_and_scores_are_those_of_packed_histories(encoder: SequenceEncoder, items: torch.Tensor) -> None:
    recent = [torch.tensor(history[-LONGEST:]) for history in HISTORIES]
    packed = PackedSequences(torch.cat(recent), torch.tensor([len(one) for one in recent]))
    expected = encoder(packed)
    scores, vectors = PaddedEncoder(encoder, ["scores", "user_vectors"]).eval()(items)
    torch.testing.assert_close(vectors, expected)
    torch.testing.assert_close(scores[:, 1:], expected @ encoder.table[1:].T)
    assert torch.equal(scores[:, 0], torch.full((4,), -torch.inf))
    (alone,) = PaddedEncoder(encoder, ["user_vectors"]).eval()(items)
    assert torch.equal(alone, vectors)


@torch.no_grad()
def test_zeros_between_items_are_no_items(encoder: SequenceEncoder) -> None:
    model = PaddedEncoder(encoder, ["user_vectors"]).eval()
    torch.testing.assert_close(model(torch.tensor([[0, 4, 0, 4, 9, 0]])), model(torch.tensor([[4, 4, 9]])))


@torch.no_grad()
def test_no_items_give_a_zero_vector(encoder: SequenceEncoder) -> None:
    vectors, scores = PaddedEncoder(encoder, ["user_vectors", "scores"]).eval()(torch.tensor([[0, 0], [0, 5]]))
    assert torch.equal(vectors[0], torch.zeros(8))
    assert torch.equal(scores[0, 1:], torch.zeros(ITEMS))
    assert vectors[1].abs().sum() > 0
