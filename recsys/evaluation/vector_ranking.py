"""Ranking by user vectors and an item table: the score is their dot product, and no matrix of scores is kept."""

from collections.abc import Callable

import torch
from torch import Tensor

from datasets.leave_one_out import Examples
from datasets.packing import PackedSequences, budget_batches
from recsys.evaluation.ranking import Rank, Ranking
from recsys.evaluation.ranks import target_ranks
from recsys.evaluation.settings import RankingSettings
from recsys.evaluation.top_items import top_items

Encode = Callable[[PackedSequences], Tensor]
"""From B sequences to their users' vectors, B x d."""


def rank_by_vectors(encode: Encode, table: Tensor, settings: RankingSettings) -> Rank:
    """Return the ranking whose scores are ``encode(history) . table[item]``.

    `encode` and `table` are taken as they are, in eval mode.

    Shapes:
        table: (1 + items) x d; row 0, the padding, is not ranked.
    """

    @torch.no_grad()
    def rank(examples: Examples, k: int) -> Ranking:
        vectors = encode_examples(encode, examples, settings.batch_tokens)
        seen = examples.history(torch.arange(len(examples))) if settings.filter_seen else None
        targets = examples.targets(torch.arange(len(examples))).to(table.device)
        ranks = target_ranks(vectors, table, targets, seen=seen, block=settings.block)
        if not k:
            return Ranking(ranks, ranks.new_empty(len(ranks), 0), vectors.new_empty(len(ranks), 0))
        return Ranking(ranks, *top_items(vectors, table, k, seen=seen, block=settings.block))

    return rank


@torch.no_grad()
def encode_examples(encode: Encode, examples: Examples, batch_tokens: int, numbers: Tensor | None = None) -> Tensor:
    """Return the user vector of every example, or of those given by number, n x d and in their order.

    The inputs are encoded in batches.
    """
    chosen = torch.arange(len(examples)) if numbers is None else numbers
    batches = budget_batches(examples.lengths(chosen), batch_tokens)
    vectors = torch.cat([encode(examples.inputs(chosen[batch])) for batch in batches])
    return vectors[torch.cat(batches).argsort().to(vectors.device)]


def rank_examples(encode: Encode, table: Tensor, examples: Examples, settings: RankingSettings) -> Tensor:
    """Return the rank of every example's target among all items (see `target_ranks`).

    Shapes:
        table: (1 + items) x d -> n int64, on the table's device, in the examples' order; n must not be 0.
    """
    return rank_by_vectors(encode, table, settings)(examples, 0).ranks
