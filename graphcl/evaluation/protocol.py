"""The benchmark of this line of work: probes at several label rates, clustering of all labelled nodes; few shots."""

import numpy as np
import torch

from core.metrics import clustering_agreement
from datasets import GraphDataset
from graphcl.evaluation.few_shot import describe_few_shot, episode_ways, few_shot_scores
from graphcl.evaluation.probe import ProbeSettings, probe


def check_evaluation(dataset: GraphDataset, settings: ProbeSettings) -> None:
    """Check that the data set has what the evaluation needs, before anything is learnt.

    Raises:
        UserError: when few-shot episodes are asked for that the labels do not suffice for.
    """
    if settings.few_shot is not None:
        episode_ways(dataset, settings.few_shot)


def evaluate_embeddings(
    vectors: torch.Tensor, dataset: GraphDataset, settings: ProbeSettings, *, seed: int
) -> dict[str, float]:
    """Evaluate frozen embeddings of the target nodes by every split's probe, by clustering and, if asked, few shots.

    Test scores are reported, never used to choose anything. The validation scores that chose the probes' steps
    stand under ``valid/``.

    Shapes:
        vectors: N x d, in the order of the data set's target nodes.

    Returns:
        ``classification/<split>/<score>``, ``valid/classification/<split>/<score>``, ``clustering/<score>`` and
        ``few_shot/<episodes>/<score>``; empty for a data set without labels.

    Raises:
        UserError: as :func:`check_evaluation`.
    """
    check_evaluation(dataset, settings)
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
    metrics |= {f"clustering/{name}": value for name, value in agreement.items()}
    if settings.few_shot is not None:
        scores = few_shot_scores(vectors, dataset, settings.few_shot, seed=seed)
        metrics |= {f"few_shot/{name}": value for name, value in scores.items()}
    return metrics


def describe_evaluation(dataset: GraphDataset, settings: ProbeSettings) -> str:
    """Return one line that says how the figures of `evaluate_embeddings` are made.

    Raises:
        UserError: as :func:`check_evaluation`.
    """
    check_evaluation(dataset, settings)
    if dataset.labels is None:
        return "Not scored: the graph has no labels"
    probes = (
        f"{settings.repeats} logistic regressions a split, each one's step chosen by the validation nodes; "
        if dataset.splits
        else ""
    )
    episodes = "" if settings.few_shot is None else f"; {describe_few_shot(dataset, settings.few_shot)}"
    return f"On frozen embeddings: {probes}k-means with as many clusters as classes{episodes}"


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
