"""A batch's histories and two augmented views of each, encoded together."""

from typing import NamedTuple

from torch import Tensor

from datasets.packing import PackedSequences, join
from recsys.augmentations import AugmentationSettings, two_views
from recsys.encoders import EncoderInput, SequenceEncoder


class EncodedViews(NamedTuple):
    """User vectors of the histories and of their two views.

    Shapes:
        history, first, second: B x d, float32.
    """

    history: Tensor
    first: Tensor
    second: Tensor


def with_views(inputs: PackedSequences, settings: AugmentationSettings) -> PackedSequences:
    """Return the histories, then their first views, then their second ones: 3 B sequences in one batch."""
    return join([inputs, *two_views(inputs, settings)])


def encode_views(encoder: SequenceEncoder, batch: PackedSequences | EncoderInput) -> EncodedViews:
    """Encode a batch from :func:`with_views` in one pass."""
    return EncodedViews(*encoder(batch).float().chunk(3))
