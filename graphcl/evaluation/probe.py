"""The node-classification probe: many logistic regressions on frozen embeddings, trained as one problem."""

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from core.metrics import confusion, macro_f1, micro_f1, roc_auc
from core.settings import Section
from datasets import Split
from graphcl.evaluation.few_shot import FewShotSettings


class ProbeSettings(Section):
    """How the probe is trained: `repeats` regressions that differ in their initial weights alone.

    `validation_repeats` are made where an epoch is chosen by validation scores. `few_shot` adds few-shot episodes to
    the evaluation; null leaves them out.
    """

    repeats: int = Field(50, ge=1)
    validation_repeats: int = Field(5, ge=1)
    steps: int = Field(200, ge=1)
    lr: float = Field(0.01, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    few_shot: FewShotSettings | None = None


def probe(
    vectors: Tensor,
    labels: Tensor,
    split: Split,
    classes: int,
    settings: ProbeSettings,
    *,
    seed: int,
    with_test: bool = True,
) -> dict[str, float]:
    """Return the test scores of logistic regressions on frozen vectors, mean and std over the repeats.

    The protocol of HeCo and MEOW: Adam on the training nodes for a fixed number of steps; for each repeat and
    each F1 score the step is chosen by the same score on the validation nodes (the first of equals), and the
    AUC is taken at the step of the Micro-F1. The repeats share one weight tensor; since Adam works element by
    element and the loss is summed over repeats, they do not touch each other.

    Args:
        vectors: embeddings of all nodes.
        labels: classes from 0; only the split's nodes are read.
        seed: of the initial weights; independent of any global generator.
        with_test: whether to look at the test nodes at all.

    Shapes:
        vectors: N x d float; labels: N int64.

    Returns:
        ``macro_f1``, ``micro_f1``, ``auc``, each also with ``_std``, and the validation scores that chose the
        steps as ``valid_macro_f1`` and ``valid_micro_f1``.
    """
    vectors, labels = vectors.detach().float(), labels.to(vectors.device)
    best, kept = _train(vectors, labels, split, classes, settings, seed)
    found = {f"valid_{name}": value for name, value in best.items()}
    if with_test:
        test = split.test.to(vectors.device)
        found |= _test_scores(vectors[test], labels[test], kept, classes)
    result = {}
    for name, values in found.items():
        result[name] = float(values.mean())
        if not name.startswith("valid_"):
            result[f"{name}_std"] = float(values.std(correction=0))
    return result


def probe_hits(
    vectors: Tensor, labels: Tensor, split: Split, classes: int, settings: ProbeSettings, *, seed: int
) -> Tensor:
    """Return for each test node the share of the repeats that call its class right; their mean is `probe`'s Micro-F1.

    Shapes:
        as `probe` -> test nodes, float64.
    """
    vectors, labels = vectors.detach().float(), labels.to(vectors.device)
    _, kept = _train(vectors, labels, split, classes, settings, seed)
    test = split.test.to(vectors.device)
    with torch.no_grad():
        predicted = _logits(vectors[test], *kept["micro_f1"]).argmax(dim=2)
    return (predicted == labels[test]).double().mean(dim=0)


_SCORES = {"macro_f1": macro_f1, "micro_f1": micro_f1}

Weights = tuple[Tensor, Tensor]


def _train(
    vectors: Tensor, labels: Tensor, split: Split, classes: int, settings: ProbeSettings, seed: int
) -> tuple[dict[str, Tensor], dict[str, Weights]]:
    """Train all repeats; return the best validation scores, and the weights and biases that had them."""
    train, valid = (part.to(vectors.device) for part in (split.train, split.valid))
    runs, width = settings.repeats, vectors.shape[1]
    weight, bias = _initial_weights(runs, width, classes, seed)
    weight, bias = (part.to(vectors.device).requires_grad_() for part in (weight, bias))
    optimizer = torch.optim.Adam([weight, bias], lr=settings.lr, weight_decay=settings.weight_decay)
    target = labels[train].repeat(runs)
    # -1 lies below every score, so that the first step is always kept.
    best = {name: torch.full((runs,), -1.0, dtype=torch.float64, device=vectors.device) for name in _SCORES}
    kept = {name: (weight.detach().clone(), bias.detach().clone()) for name in _SCORES}
    for _ in range(settings.steps):
        logits = _logits(vectors[train], weight, bias)
        loss = functional.cross_entropy(logits.reshape(-1, classes), target, reduction="sum") / len(train)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            counts = confusion(_logits(vectors[valid], weight, bias).argmax(dim=2), labels[valid], classes)
            for name, score in _SCORES.items():
                value = score(counts)
                better = value > best[name]
                best[name] = torch.where(better, value, best[name])
                kept[name] = (
                    torch.where(better[:, None, None], weight, kept[name][0]),
                    torch.where(better[:, None], bias, kept[name][1]),
                )
    return best, kept


def _test_scores(vectors: Tensor, labels: Tensor, kept: dict[str, Weights], classes: int) -> dict[str, Tensor]:
    """Return every score of every repeat on the test nodes, under the weights kept for it."""
    found: dict[str, Tensor] = {}
    with torch.no_grad():
        for name, score in _SCORES.items():
            logits = _logits(vectors, *kept[name])
            found[name] = score(confusion(logits.argmax(dim=2), labels, classes))
        # The loop ends with Micro-F1's logits: the step at which the protocol takes the AUC.
        found["auc"] = torch.tensor([roc_auc(one.softmax(dim=1), labels) for one in logits])
    return found


def _initial_weights(runs: int, width: int, classes: int, seed: int) -> tuple[Tensor, Tensor]:
    """Draw Glorot-uniform weights and zero biases: runs x width x classes and runs x classes."""
    generator = torch.Generator().manual_seed(seed)
    bound = (6 / (width + classes)) ** 0.5
    weight = (torch.rand(runs, width, classes, generator=generator) * 2 - 1) * bound
    return weight, torch.zeros(runs, classes)


def _logits(vectors: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return runs x n x classes."""
    return torch.einsum("nd,rdc->rnc", vectors, weight) + bias[:, None, :]
