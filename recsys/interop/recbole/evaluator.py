"""RecBole's own evaluator on given scores, to compare ours with."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from datasets.interop.recbole import import_recbole

_NAMES = {"hit": "hr", "recall": "recall", "ndcg": "ndcg", "mrr": "mrr", "precision": "precision"}
"""RecBole's names of metrics, and ours."""


def recbole_metrics(batches: Iterable[tuple[Tensor, Tensor]], top_k: Sequence[int]) -> dict[str, float]:
    """Return what RecBole's collector and evaluator say of scores, under the names of `core.metrics.ranking_metrics`.

    Ties are where the two may differ: RecBole takes the k items that a sort happens to put first, we count every tie
    against the target. RecBole lists max(top_k) items, which must not be more than there are.

    Args:
        batches: pairs of scores, B x (1 + items), of which column 0 is not read, and targets, B int64.
    """
    evaluator = import_recbole("recbole.evaluator")
    config = {
        "metrics": list(_NAMES),
        "topk": list(top_k),
        "device": "cpu",
        "metric_decimal_place": 15,
        "eval_args": {"mode": "full"},
    }
    collector = evaluator.Collector(config)
    for scores, targets in batches:
        ranked = scores.cpu().clone()
        ranked[:, 0] = -torch.inf
        collector.eval_batch_collect(ranked, None, torch.arange(len(ranked)), targets.cpu())
    found = evaluator.Evaluator(config).evaluate(collector.get_data_struct())
    return {f"{ours}@{k}": float(found[f"{theirs}@{k}"]) for theirs, ours in _NAMES.items() for k in top_k}
