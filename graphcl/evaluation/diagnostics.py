"""What training has done to the vectors of nodes: uniformity and tolerance."""

import torch
from torch import Tensor

from core.diagnosis import diagnose
from datasets import GraphDataset

MOST = 10_000
"""Rows that uniformity looks at, evenly spread over all: its time grows with their square."""


def comparable_labels(dataset: GraphDataset, device: torch.device | str) -> Tensor | None:
    """Return the labels if any two nodes share one, for tolerance looks at such pairs; None otherwise."""
    labels = dataset.labels
    if labels is None or len(labels[labels >= 0].unique()) == int((labels >= 0).sum()):
        return None
    return labels.to(device)


def diagnose_nodes(vectors: Tensor, dataset: GraphDataset) -> dict[str, float]:
    """Return uniformity and, with labels, tolerance of the target nodes' vectors; see :mod:`core.diagnosis`.

    Shapes:
        vectors: N x d. With fewer than two there is nothing to say.
    """
    if len(vectors) < 2:
        return {}
    found = diagnose(vectors, labels=comparable_labels(dataset, vectors.device), most=MOST)
    return {name: value.item() for name, value in found.items()}
