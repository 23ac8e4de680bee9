"""What is recommended, seen from the catalogue: how much of it, and how popular."""

from collections.abc import Sequence

import torch
from torch import Tensor

from datasets.leave_one_out import training_lengths
from datasets.packing import pack
from datasets.sequences import SequenceDataset


def training_counts(dataset: SequenceDataset) -> Tensor:
    """Return how often each item occurs in the part of the log that training sees.

    Shapes:
        1 + num_items int64; entry 0, the padding, is 0.
    """
    starts, lengths = torch.from_numpy(dataset.offsets[:-1]), torch.from_numpy(dataset.lengths)
    seen = pack(torch.from_numpy(dataset.items), starts, training_lengths(lengths))
    return torch.bincount(seen.items, minlength=dataset.num_items + 1)


def catalogue_metrics(recommended: Tensor, counts: Tensor, top_k: Sequence[int]) -> dict[str, float]:
    """Return how much of the catalogue the users' top-k lists hold, and how popular that is.

    ``coverage@k`` is the share of the catalogue's items that stand in at least one list. ``popularity@k`` is the
    mean over all places in all lists of how often the item there occurs in training ("average recommendation
    popularity", Yin et al., VLDB 2012); for comparison, recommending at random gives the mean of the counts.

    Shapes:
        recommended: n x max(top_k) item numbers, best first, 0 where a list is shorter;
        counts: 1 + items, occurrences in training.
    """
    metrics = {}
    for k in top_k:
        listed = recommended[:, :k].flatten()
        places = torch.bincount(listed, minlength=len(counts))[1:]
        metrics[f"coverage@{k}"] = float((places > 0).double().mean())
        total = int(places.sum())
        metrics[f"popularity@{k}"] = float((places * counts[1:]).sum()) / total if total else 0.0
    return metrics
