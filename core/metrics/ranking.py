"""How high a ranking puts the one item that was right."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor


def _hit_rate(ranks: Tensor, k: Tensor) -> Tensor:
    return (ranks <= k).double()


def _ndcg(ranks: Tensor, k: Tensor) -> Tensor:
    # With one relevant item the best possible gain is 1 / log2(2) = 1: nothing is left to divide by.
    return _hit_rate(ranks, k) / (ranks + 1).double().log2()


def _mrr(ranks: Tensor, k: Tensor) -> Tensor:
    return _hit_rate(ranks, k) / ranks


def _precision(ranks: Tensor, k: Tensor) -> Tensor:
    return _hit_rate(ranks, k) / k


_METRICS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "hr": _hit_rate,
    "recall": _hit_rate,  # the same with one relevant item; both names are in use
    "ndcg": _ndcg,
    "mrr": _mrr,
    "precision": _precision,
}


def ranking_metrics(ranks: Tensor, top_k: Sequence[int]) -> dict[str, float]:
    """Return the mean metrics of rankings in which one item each is relevant.

    With r the rank of that item, and 0 where r > k:
    ``hr@k = recall@k = 1``, ``ndcg@k = 1 / log2(r + 1)``, ``mrr@k = 1 / r``, ``precision@k = 1 / k``.
    One pass gives every k and makes a device wait once.

    Shapes:
        ranks: n int64, from 1 (the best).

    Raises:
        ValueError: when there are no ranks.
    """
    if not len(ranks):
        raise ValueError("the mean over no ranks is undefined")
    cut = torch.tensor(top_k, device=ranks.device)
    means = torch.stack([metric(ranks[:, None], cut).mean(dim=0) for metric in _METRICS.values()])
    return {
        f"{name}@{k}": value
        for name, values in zip(_METRICS, means.tolist(), strict=True)
        for k, value in zip(top_k, values, strict=True)
    }


def ranking_scores(ranks: Tensor, top_k: Sequence[int]) -> dict[str, Tensor]:
    """Return what `ranking_metrics` averages, each ranking's own metrics.

    Shapes:
        ranks: n int64 -> n float64 for each name.
    """
    cut = torch.tensor(top_k, device=ranks.device)
    found = {name: metric(ranks[:, None], cut) for name, metric in _METRICS.items()}
    return {f"{name}@{k}": scores[:, column] for name, scores in found.items() for column, k in enumerate(top_k)}
