"""Evaluation of frozen node embeddings: a classification probe and clustering."""

from graphcl.evaluation.probe import ProbeSettings, probe
from graphcl.evaluation.protocol import evaluate_embeddings, validation_scores

__all__ = ["ProbeSettings", "evaluate_embeddings", "probe", "validation_scores"]
