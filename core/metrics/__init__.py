"""Metrics of classification and clustering."""

from core.metrics.classification import confusion, macro_f1, micro_f1, roc_auc
from core.metrics.clustering import clustering_agreement

__all__ = ["clustering_agreement", "confusion", "macro_f1", "micro_f1", "roc_auc"]
