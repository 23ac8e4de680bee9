"""The parts of a meta-path encoder, one module each."""

from graphcl.encoders.context_aggregation import ContextAggregation
from graphcl.encoders.gcn import GCN
from graphcl.encoders.projection import TypeProjection
from graphcl.encoders.semantic_attention import SemanticAttention
from graphcl.encoders.view_encoder import EncodedViews, EncoderSettings, ViewEncoder

__all__ = [
    "GCN",
    "ContextAggregation",
    "EncodedViews",
    "EncoderSettings",
    "SemanticAttention",
    "TypeProjection",
    "ViewEncoder",
]
