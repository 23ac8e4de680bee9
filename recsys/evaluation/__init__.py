"""Evaluation of next-item rankings over the whole catalogue."""

from recsys.evaluation.coverage import catalogue_metrics, training_counts
from recsys.evaluation.groups import length_groups
from recsys.evaluation.protocol import (
    Encode,
    describe_evaluation,
    encode_examples,
    evaluate_ranking,
    rank_examples,
    validation_metrics,
)
from recsys.evaluation.ranks import target_ranks
from recsys.evaluation.settings import RankingSettings
from recsys.evaluation.top_items import top_items

__all__ = [
    "Encode",
    "RankingSettings",
    "catalogue_metrics",
    "describe_evaluation",
    "encode_examples",
    "evaluate_ranking",
    "length_groups",
    "rank_examples",
    "target_ranks",
    "top_items",
    "training_counts",
    "validation_metrics",
]
