"""Evaluation of next-item rankings over the whole catalogue."""

from recsys.evaluation.coverage import catalogue_metrics, training_counts
from recsys.evaluation.diagnostics import diagnose_users
from recsys.evaluation.groups import length_groups
from recsys.evaluation.mode import evaluation_mode
from recsys.evaluation.protocol import (
    describe_evaluation,
    evaluate_ranking,
    ranking_report,
    validation_metrics,
    validation_report,
)
from recsys.evaluation.ranking import Rank, Ranking
from recsys.evaluation.ranks import target_ranks
from recsys.evaluation.score_ranking import Score, best_of_scores, rank_by_scores, ranks_of_scores
from recsys.evaluation.settings import RankingSettings
from recsys.evaluation.top_items import top_items
from recsys.evaluation.vector_ranking import Encode, encode_examples, rank_by_vectors, rank_examples

__all__ = [
    "Encode",
    "Rank",
    "Ranking",
    "RankingSettings",
    "Score",
    "best_of_scores",
    "catalogue_metrics",
    "describe_evaluation",
    "diagnose_users",
    "encode_examples",
    "evaluate_ranking",
    "evaluation_mode",
    "length_groups",
    "rank_by_scores",
    "rank_by_vectors",
    "rank_examples",
    "ranking_report",
    "ranks_of_scores",
    "target_ranks",
    "top_items",
    "training_counts",
    "validation_metrics",
    "validation_report",
]
