"""From packed item sequences to user vectors."""

from recsys.encoders.length_groups import LengthGroups
from recsys.encoders.sequence_encoder import EncoderSettings, SequenceEncoder

__all__ = ["EncoderSettings", "LengthGroups", "SequenceEncoder"]
