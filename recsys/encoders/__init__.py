"""From packed item sequences to user vectors."""

from recsys.encoders.encoder_input import EncoderInput
from recsys.encoders.length_groups import LengthGroups
from recsys.encoders.sequence_encoder import EncoderSettings, SequenceEncoder

__all__ = ["EncoderInput", "EncoderSettings", "LengthGroups", "SequenceEncoder"]
