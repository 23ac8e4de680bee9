"""Metrics of classification, clustering and ranking."""

from core.metrics.classification import confusion, macro_f1, micro_f1, roc_auc
from core.metrics.clustering import clustering_agreement
from core.metrics.ranking import ranking_metrics, ranking_scores

__all__ = ["clustering_agreement", "confusion", "macro_f1", "micro_f1", "ranking_metrics", "ranking_scores", "roc_auc"]
