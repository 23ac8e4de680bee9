"""The batched probe against one regression at a time."""

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, roc_auc_score
from torch.nn import functional

from datasets import Split
from graphcl.evaluation import ProbeSettings, probe
from graphcl.evaluation.probe import _initial_weights

CLASSES, WIDTH, COUNT = 3, 5, 150
SETTINGS = ProbeSettings(repeats=4, steps=40, lr=0.05, weight_decay=1e-3)


@pytest.fixture
def problem() -> tuple[torch.Tensor, torch.Tensor, Split]:
    """Vectors that tell the classes apart only in part, so that the best step is rarely the last one."""
    generator = torch.Generator().manual_seed(2)
    labels = torch.arange(COUNT) % CLASSES
    centres = torch.randn(CLASSES, WIDTH, generator=generator)
    vectors = centres[labels] * 0.5 + torch.randn(COUNT, WIDTH, generator=generator)
    order = torch.randperm(COUNT, generator=generator)
    return vectors, labels, Split(order[:20], order[20:60], order[60:])


def one_at_a_time(
    vectors: torch.Tensor, labels: torch.Tensor, split: Split, weight: torch.Tensor
) -> dict[str, tuple[float, float]]:
    """Train one regression; return (validation, test) scores at the step that validation chooses."""
    weight, bias = weight.clone().requires_grad_(), torch.zeros(CLASSES, requires_grad=True)
    optimizer = torch.optim.Adam([weight, bias], lr=SETTINGS.lr, weight_decay=SETTINGS.weight_decay)
    chosen: dict[str, tuple[float, float]] = {}
    for _ in range(SETTINGS.steps):
        optimizer.zero_grad()
        functional.cross_entropy(vectors[split.train] @ weight + bias, labels[split.train]).backward()
        optimizer.step()
        logits = (vectors @ weight + bias).detach()
        predicted, truth = logits.argmax(dim=1).numpy(), labels.numpy()
        scores = {
            average: tuple(
                float(f1_score(truth[part], predicted[part], average=average)) for part in (split.valid, split.test)
            )
            for average in ("macro", "micro")
        }
        area = roc_auc_score(truth[split.test], logits[split.test].softmax(dim=1).double().numpy(), multi_class="ovr")
        for average, (valid, test) in scores.items():
            if average not in chosen or valid > chosen[average][0]:
                chosen[average] = (valid, test)
                if average == "micro":
                    chosen["auc"] = (valid, float(area))
    return chosen


def test_batched_repeats_equal_single_ones(problem: tuple[torch.Tensor, torch.Tensor, Split]) -> None:
    vectors, labels, split = problem
    found = probe(vectors, labels, split, CLASSES, SETTINGS, seed=9)
    weights, _ = _initial_weights(SETTINGS.repeats, WIDTH, CLASSES, seed=9)
    single = [one_at_a_time(vectors, labels, split, weight) for weight in weights]
    for name, key in (("macro_f1", "macro"), ("micro_f1", "micro"), ("auc", "auc")):
        tests = [one[key][1] for one in single]
        assert found[name] == pytest.approx(np.mean(tests), abs=1e-6)
        assert found[f"{name}_std"] == pytest.approx(np.std(tests), abs=1e-6)
    assert found["micro_f1_std"] > 0
    for name, key in (("valid_macro_f1", "macro"), ("valid_micro_f1", "micro")):
        assert found[name] == pytest.approx(np.mean([one[key][0] for one in single]), abs=1e-6)


def test_test_labels_choose_nothing(problem: tuple[torch.Tensor, torch.Tensor, Split]) -> None:
    vectors, labels, split = problem
    shuffled = labels.clone()
    shuffled[split.test] = labels[split.test].flip(0)
    one, other = (probe(vectors, these, split, CLASSES, SETTINGS, seed=0) for these in (labels, shuffled))
    assert one["valid_micro_f1"] == other["valid_micro_f1"]
    assert one["micro_f1"] != other["micro_f1"]


def test_seed_decides_and_nothing_else_does(problem: tuple[torch.Tensor, torch.Tensor, Split]) -> None:
    vectors, labels, split = problem
    first = probe(vectors, labels, split, CLASSES, SETTINGS, seed=1)
    state = torch.get_rng_state()
    assert probe(vectors, labels, split, CLASSES, SETTINGS, seed=1) == first
    assert torch.equal(torch.get_rng_state(), state)
    assert probe(vectors, labels, split, CLASSES, SETTINGS, seed=2) != first


def test_separable_classes_are_learnt_perfectly() -> None:
    labels = torch.arange(90) % CLASSES
    vectors = functional.one_hot(labels, CLASSES).float()
    split = Split(torch.arange(30), torch.arange(30, 60), torch.arange(60, 90))
    scores = probe(vectors, labels, split, CLASSES, ProbeSettings(repeats=3, steps=100, lr=0.1), seed=0)
    assert (scores["macro_f1"], scores["micro_f1"], scores["auc"]) == (1.0, 1.0, 1.0)
    assert scores["micro_f1_std"] == 0.0
