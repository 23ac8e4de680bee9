"""Ranking by the scores that a model gives all items at once, for models that are no dot product."""

from collections.abc import Callable

import torch
from torch import Tensor

from datasets.leave_one_out import Examples
from datasets.packing import PackedSequences
from recsys.evaluation.ranking import Rank, Ranking
from recsys.evaluation.scoring import check_finite, seen_pairs
from recsys.evaluation.settings import RankingSettings

Score = Callable[[Examples, Tensor], Tensor]
"""From examples and the numbers of B of them to the scores of all items, B x (1 + items); column 0, the padding, is
not read."""


def rank_by_scores(score: Score, settings: RankingSettings, users: int) -> Rank:
    """Return the ranking by a model's scores, those of `users` examples at a time.

    A tie counts against the target, as it does in `target_ranks`; here only scores that are equal to the last bit
    tie, since nothing is known of the rounding inside the model.
    """

    @torch.no_grad()
    def rank(examples: Examples, k: int) -> Ranking:
        parts = []
        for numbers in torch.arange(len(examples)).split(users):
            scores = score(examples, numbers).float()
            check_finite(scores[:, 1:])
            seen = examples.history(numbers) if settings.filter_seen else None
            ranks = ranks_of_scores(scores, examples.targets(numbers).to(scores.device), seen)
            empty = ranks.new_empty(len(ranks), 0), scores.new_empty(len(ranks), 0)
            parts.append(Ranking(ranks, *(best_of_scores(scores, k, seen) if k else empty)))
        return Ranking(*(torch.cat(one) for one in zip(*parts, strict=True)))

    return rank


def ranks_of_scores(scores: Tensor, targets: Tensor, seen: PackedSequences | None = None) -> Tensor:
    """Return each target's pessimistic rank: how many items score at least as high as it, itself included.

    Args:
        seen: a sequence for each user, the items that are not ranked; the target always is.

    Shapes:
        scores: B x (1 + items); targets: B int64 in 1..items -> B int64, from 1 (the best).
    """
    lowest = scores.gather(1, targets[:, None])
    ranks = (scores[:, 1:] >= lowest).sum(dim=1)
    if seen is not None:
        rows, items = seen_pairs(seen, scores.device)
        above = (scores[rows, items] >= lowest[rows, 0]) & (items != 0) & (items != targets[rows])
        ranks.index_add_(0, rows, -above.long())
    return ranks


def best_of_scores(scores: Tensor, k: int, seen: PackedSequences | None = None) -> tuple[Tensor, Tensor]:
    """Return the numbers and scores of each user's k best items, best first.

    Args:
        seen: a sequence for each user, the items that are left out.

    Shapes:
        scores: B x (1 + items) -> two of B x k, int64 and as the scores. Where a user has fewer than k items left,
        the rest is number 0 with score -inf.
    """
    ranked = scores.clone()
    ranked[:, 0] = -torch.inf
    if seen is not None:
        ranked[seen_pairs(seen, scores.device)] = -torch.inf
    best, numbers = ranked.topk(k, dim=1)
    return numbers.masked_fill(best == -torch.inf, 0), best
