"""The protocol of this line of work: every user's next item, ranked among the whole catalogue."""

import torch
from torch import Tensor

from core.metrics import ranking_metrics
from datasets.leave_one_out import LeaveOneOut
from datasets.sequences import SequenceDataset
from recsys.evaluation.coverage import catalogue_metrics, training_counts
from recsys.evaluation.groups import length_groups
from recsys.evaluation.ranking import Rank
from recsys.evaluation.settings import RankingSettings
from recsys.evaluation.vector_ranking import Encode, rank_by_vectors

_OF_GROUPS = ("hr@", "ndcg@", "mrr@")
"""With one target, recall is the hit rate and precision a k-th of it: for every group they would only fill pages."""


def describe_evaluation(dataset: SequenceDataset, settings: RankingSettings) -> str:
    """Return one line that says how the figures of `evaluate_ranking` are made."""
    seen = "left out" if settings.filter_seen else "kept"
    return (
        "Leave-one-out: a user's last item tests, the one before it validates; "
        f"ranked among all {dataset.num_items} items, items of the history {seen}"
    )


def validation_report(rank: Rank, split: LeaveOneOut, settings: RankingSettings) -> dict[str, float]:
    """Return ``valid/<metric>@<k>`` for the validation targets, to choose an epoch by; the test's are not looked at.

    Empty when no user has a validation target.
    """
    if not len(split.valid):
        return {}
    return _named("valid", ranking_metrics(rank(split.valid, 0).ranks, settings.top_k))


def ranking_report(
    rank: Rank, dataset: SequenceDataset, split: LeaveOneOut, settings: RankingSettings
) -> dict[str, float]:
    """Evaluate on the validation and test targets.

    Returns:
        ``valid/<metric>@<k>``; ``test/<metric>@<k>`` (see `ranking_metrics`), ``test/coverage@<k>`` and
        ``test/popularity@<k>`` (see `catalogue_metrics`), ``test/users`` and ``test/users_left_out``, the numbers of
        users with and without a test target, and ``test/length_<from>-<to>/...``, hit rate, NDCG, MRR and users by
        the number of items before the target.
        Where no user has a target the names are missing.
    """
    metrics = validation_report(rank, split, settings)
    metrics |= {"test/users": len(split.test), "test/users_left_out": dataset.num_users - len(split.test)}
    if not len(split.test):
        return metrics
    ranking = rank(split.test, min(max(settings.top_k), dataset.num_items))
    ranks, best = ranking.ranks.cpu(), ranking.best.cpu()
    metrics |= _named("test", ranking_metrics(ranks, settings.top_k))
    metrics |= _named("test", catalogue_metrics(best, training_counts(dataset), settings.top_k))
    lengths = split.test.history(torch.arange(len(split.test))).lengths
    for name, who in length_groups(lengths, settings.groups) if settings.groups else ():
        metrics[f"test/{name}/users"] = len(who)
        found = ranking_metrics(ranks[who], settings.top_k)
        metrics |= _named(f"test/{name}", {key: found[key] for key in found if key.startswith(_OF_GROUPS)})
    return metrics


def validation_metrics(
    encode: Encode, table: Tensor, split: LeaveOneOut, settings: RankingSettings
) -> dict[str, float]:
    """Return the `validation_report` of user vectors and an item table, (1 + num_items) x d."""
    return validation_report(rank_by_vectors(encode, table, settings), split, settings)


def evaluate_ranking(
    encode: Encode, table: Tensor, dataset: SequenceDataset, split: LeaveOneOut, settings: RankingSettings
) -> dict[str, float]:
    """Return the `ranking_report` of user vectors and an item table, (1 + num_items) x d."""
    return ranking_report(rank_by_vectors(encode, table, settings), dataset, split, settings)


def _named(prefix: str, metrics: dict[str, float]) -> dict[str, float]:
    return {f"{prefix}/{name}": value for name, value in metrics.items()}
