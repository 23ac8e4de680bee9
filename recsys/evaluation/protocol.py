"""The protocol of this line of work: every user's next item, ranked among the whole catalogue."""

from collections.abc import Callable

import torch
from torch import Tensor

from core.metrics import ranking_metrics
from datasets.leave_one_out import Examples, LeaveOneOut
from datasets.packing import PackedSequences, budget_batches
from datasets.sequences import SequenceDataset
from recsys.evaluation.coverage import catalogue_metrics, training_counts
from recsys.evaluation.groups import length_groups
from recsys.evaluation.ranks import target_ranks
from recsys.evaluation.settings import RankingSettings
from recsys.evaluation.top_items import top_items

Encode = Callable[[PackedSequences], Tensor]
"""From B sequences to their users' vectors, B x d."""

_OF_GROUPS = ("hr@", "ndcg@", "mrr@")
"""With one target, recall is the hit rate and precision a k-th of it: for every group they would only fill pages."""


def describe_evaluation(dataset: SequenceDataset, settings: RankingSettings) -> str:
    """Return one line that says how the figures of `evaluate_ranking` are made."""
    seen = "left out" if settings.filter_seen else "kept"
    return (
        "Leave-one-out: a user's last item tests, the one before it validates; "
        f"ranked among all {dataset.num_items} items, items of the history {seen}"
    )


@torch.no_grad()
def encode_examples(encode: Encode, examples: Examples, batch_tokens: int) -> Tensor:
    """Return the user vector of every example, n x d, in the examples' order; the inputs are encoded in batches."""
    batches = budget_batches(examples.lengths(), batch_tokens)
    vectors = torch.cat([encode(examples.inputs(numbers)) for numbers in batches])
    return vectors[torch.cat(batches).argsort().to(vectors.device)]


def rank_examples(encode: Encode, table: Tensor, examples: Examples, settings: RankingSettings) -> Tensor:
    """Return the rank of every example's target among all items (see `target_ranks`).

    Shapes:
        table: (1 + items) x d -> n int64, on the table's device, in the examples' order; n must not be 0.
    """
    return _ranks(encode_examples(encode, examples, settings.batch_tokens), table, examples, settings)


def validation_metrics(
    encode: Encode, table: Tensor, split: LeaveOneOut, settings: RankingSettings
) -> dict[str, float]:
    """Return ``valid/<metric>@<k>`` for the validation targets, to choose an epoch by; the test's are not looked at.

    Empty when no user has a validation target.
    """
    if not len(split.valid):
        return {}
    found = ranking_metrics(rank_examples(encode, table, split.valid, settings), settings.top_k)
    return {f"valid/{name}": value for name, value in found.items()}


def evaluate_ranking(
    encode: Encode, table: Tensor, dataset: SequenceDataset, split: LeaveOneOut, settings: RankingSettings
) -> dict[str, float]:
    """Evaluate on the validation and test targets; `encode` and `table` are taken as they are, in eval mode.

    Shapes:
        table: (1 + num_items) x d.

    Returns:
        ``valid/<metric>@<k>``; ``test/<metric>@<k>`` (see `ranking_metrics`), ``test/coverage@<k>`` and
        ``test/popularity@<k>`` (see `catalogue_metrics`), ``test/users`` and ``test/users_left_out``, the numbers of
        users with and without a test target, and ``test/length_<from>-<to>/...``, hit rate, NDCG, MRR and users by
        the number of items before the target.
        Where no user has a target the names are missing.
    """
    metrics = validation_metrics(encode, table, split, settings)
    metrics |= {"test/users": len(split.test), "test/users_left_out": dataset.num_users - len(split.test)}
    if not len(split.test):
        return metrics
    vectors = encode_examples(encode, split.test, settings.batch_tokens)
    ranks = _ranks(vectors, table, split.test, settings).cpu()
    metrics |= _named("test", ranking_metrics(ranks, settings.top_k))
    seen = _seen(split.test, settings)
    longest = min(max(settings.top_k), dataset.num_items)
    recommended, _ = top_items(vectors, table, longest, seen=seen, block=settings.block)
    metrics |= _named("test", catalogue_metrics(recommended.cpu(), training_counts(dataset), settings.top_k))
    lengths = split.test.history(torch.arange(len(split.test))).lengths
    for name, who in length_groups(lengths, settings.groups) if settings.groups else ():
        metrics[f"test/{name}/users"] = len(who)
        found = ranking_metrics(ranks[who], settings.top_k)
        metrics |= _named(f"test/{name}", {key: found[key] for key in found if key.startswith(_OF_GROUPS)})
    return metrics


def _ranks(vectors: Tensor, table: Tensor, examples: Examples, settings: RankingSettings) -> Tensor:
    targets = examples.targets(torch.arange(len(examples))).to(table.device)
    return target_ranks(vectors, table, targets, seen=_seen(examples, settings), block=settings.block)


def _seen(examples: Examples, settings: RankingSettings) -> PackedSequences | None:
    return examples.history(torch.arange(len(examples))) if settings.filter_seen else None


def _named(prefix: str, metrics: dict[str, float]) -> dict[str, float]:
    return {f"{prefix}/{name}": value for name, value in metrics.items()}
