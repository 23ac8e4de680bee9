"""Evaluation of frozen node embeddings: a classification probe and clustering."""

from graphcl.evaluation.probe import ProbeSettings, probe
from graphcl.evaluation.protocol import describe_evaluation, evaluate_embeddings, validation_scores

__all__ = ["ProbeSettings", "describe_evaluation", "evaluate_embeddings", "probe", "validation_scores"]
