"""The benchmark of this line of work: probes at several label rates, and clustering of all labelled nodes."""

import numpy as np
import torch

from core.metrics import clustering_agreement
from datasets import GraphDataset
from graphcl.evaluation.probe import ProbeSettings, probe


def evaluate_embeddings(
    vectors: torch.Tensor, dataset: GraphDataset, settings: ProbeSettings, *, seed: int
) -> dict[str, float]:
    """Evaluate frozen embeddings of the target nodes by every split's probe and by clustering.

    Test scores are reported, never used to choose anything. The validation scores that chose the probes' steps
    stand under ``valid/``.

    Shapes:
        vectors: N x d, in the order of the data set's target nodes.

    Returns:
        ``classification/<split>/<score>``, ``valid/classification/<split>/<score>`` and ``clustering/<score>``;
        empty for a data set without labels.
    """
    if dataset.labels is None:
        return {}
    metrics: dict[str, float] = {}
    for name, split in dataset.splits.items():
        scores = probe(vectors, dataset.labels, split, dataset.num_classes, settings, seed=seed)
        for score, value in scores.items():
            prefix = "valid/classification" if score.startswith("valid_") else "classification"
            metrics[f"{prefix}/{name}/{score.removeprefix('valid_')}"] = value
    known = (dataset.labels >= 0).cpu().numpy()
    points = vectors.detach().float().cpu().numpy()[known]
    agreement = clustering_agreement(np.ascontiguousarray(points), dataset.labels.cpu().numpy()[known], seed=seed)
    return metrics | {f"clustering/{name}": value for name, value in agreement.items()}


def describe_evaluation(dataset: GraphDataset, settings: ProbeSettings) -> str:
    """Return one line that says how the figures of `evaluate_embeddings` are made."""
    if dataset.labels is None:
        return "Not scored: the graph has no labels"
    probes = (
        f"{settings.repeats} logistic regressions a split, each one's step chosen by the validation nodes; "
        if dataset.splits
        else ""
    )
    return f"On frozen embeddings: {probes}k-means with as many clusters as classes"


def validation_scores(
    vectors: torch.Tensor, dataset: GraphDataset, settings: ProbeSettings, *, seed: int
) -> dict[str, float]:
    """Score frozen embeddings on the validation nodes alone, to choose an epoch by.

    Fewer repeats than at the end (`settings.validation_repeats`); test nodes are not looked at.

    Returns:
        ``valid/micro_f1`` and ``valid/macro_f1``, means over the splits; empty without labels or splits.
    """
    if dataset.labels is None or not dataset.splits:
        return {}
    few = settings.model_copy(update={"repeats": min(settings.repeats, settings.validation_repeats)})
    found = [
        probe(vectors, dataset.labels, split, dataset.num_classes, few, seed=seed, with_test=False)
        for split in dataset.splits.values()
    ]
    return {
        f"valid/{name}": float(np.mean([scores[f"valid_{name}"] for scores in found]))
        for name in ("micro_f1", "macro_f1")
    }
