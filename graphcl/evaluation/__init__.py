"""Evaluation of frozen node embeddings: a classification probe, clustering, and few-shot episodes."""

from graphcl.evaluation.diagnostics import comparable_labels, diagnose_nodes
from graphcl.evaluation.few_shot import FewShotSettings
from graphcl.evaluation.probe import ProbeSettings, probe
from graphcl.evaluation.protocol import check_evaluation, describe_evaluation, evaluate_embeddings, validation_scores

__all__ = [
    "FewShotSettings",
    "ProbeSettings",
    "check_evaluation",
    "comparable_labels",
    "describe_evaluation",
    "diagnose_nodes",
    "evaluate_embeddings",
    "probe",
    "validation_scores",
]
