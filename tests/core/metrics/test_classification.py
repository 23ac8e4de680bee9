import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from core.metrics import confusion, macro_f1, micro_f1, roc_auc


@settings(max_examples=60, deadline=None)
@given(runs=st.integers(1, 4), count=st.integers(1, 40), classes=st.integers(2, 6), seed=st.integers(0, 999))
def test_f1_scores_equal_scikit_learns(runs: int, count: int, classes: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    predicted = torch.randint(0, classes, (runs, count), generator=generator)
    target = torch.randint(0, classes, (count,), generator=generator)
    counts = confusion(predicted, target, classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for run in range(runs):
            truth, guess = target.numpy(), predicted[run].numpy()
            assert macro_f1(counts)[run].item() == pytest.approx(f1_score(truth, guess, average="macro"))
            assert micro_f1(counts)[run].item() == pytest.approx(accuracy_score(truth, guess))


def test_auc_equals_scikit_learns() -> None:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(90, 3, generator=generator).softmax(dim=1)
    target = torch.arange(90) % 3
    expected = np.mean([roc_auc_score(target == k, scores[:, k]) for k in range(3)])
    assert roc_auc(scores, target) == pytest.approx(expected)
    assert roc_auc(scores[:, :2], target % 2) == pytest.approx(
        roc_auc_score(target % 2, (scores[:, 1] / scores[:, :2].sum(dim=1)))
    )


def test_auc_without_one_of_the_classes_is_undefined() -> None:
    assert np.isnan(roc_auc(torch.full((4, 3), 1 / 3), torch.tensor([0, 1, 0, 1])))
