"""Paired tests against scipy, and what they do where they cannot say anything."""

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.comparison import significance
from core.comparison.significance import (
    FEWEST_SEEDS,
    holm,
    paired_t_test,
    sign_flip_test,
    smallest_wilcoxon_p,
    wilcoxon_test,
)


@pytest.fixture
def pairs() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(4)
    one = random.normal(size=9)
    return one, one + random.normal(0.3, 0.5, size=9)


def test_tests_over_seeds_are_scipys(pairs: tuple[np.ndarray, np.ndarray]) -> None:
    one, other = pairs
    assert paired_t_test(other - one) == pytest.approx(stats.ttest_rel(other, one).pvalue, rel=1e-12)
    assert wilcoxon_test(other - one) == pytest.approx(stats.wilcoxon(other, one).pvalue, rel=1e-12)


def test_zeros_say_nothing_to_wilcoxon() -> None:
    differences = np.array([0.0, 0.3, 0.1, -0.2, 0.5, 0.0, 0.7])
    assert wilcoxon_test(differences) == pytest.approx(stats.wilcoxon(differences, zero_method="wilcox").pvalue)


@pytest.mark.parametrize("count", range(FEWEST_SEEDS))
def test_too_few_seeds_are_no_test(count: int) -> None:
    assert paired_t_test(np.arange(1.0, 1 + count)) is None
    assert wilcoxon_test(np.arange(1.0, 1 + count)) is None


def test_differences_that_do_not_vary() -> None:
    assert paired_t_test(np.zeros(4)) == wilcoxon_test(np.zeros(4)) == 1.0
    assert paired_t_test(np.full(4, 0.1)) is None  # p would be 0


@pytest.mark.parametrize("count", [3, 5, 6, 8])
def test_wilcoxon_cannot_come_lower(count: int) -> None:
    assert wilcoxon_test(np.arange(1.0, 1 + count)) == pytest.approx(smallest_wilcoxon_p(count))


def test_sign_flips_agree_with_all_of_them() -> None:
    """With ten units all 1024 signs can be tried: the random share is within its error of the exact one."""
    differences = np.random.default_rng(0).normal(0.4, 1.0, size=(10, 3))
    exact = [
        stats.permutation_test((column,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
        for column in differences.T
    ]
    found = sign_flip_test(differences, resamples=40_000)
    np.testing.assert_allclose(found, exact, atol=4 * math.sqrt(0.25 / 40_000))
    assert 0.01 < min(exact) < max(exact) < 0.9


def test_of_right_and_wrong_it_is_mcnemars() -> None:
    differences = np.repeat([1.0, -1.0, 0.0], [30, 14, 500])[:, None]
    exact = stats.binomtest(14, 44).pvalue
    assert sign_flip_test(differences, resamples=40_000)[0] == pytest.approx(exact, abs=4 * math.sqrt(exact / 40_000))


def test_sign_flips_do_not_depend_on_the_other_columns_or_on_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    differences = np.random.default_rng(1).normal(0.05, 1.0, size=(300, 4))
    together = sign_flip_test(differences, resamples=999)
    monkeypatch.setattr("core.comparison.significance._ENTRIES", 300 * 7)
    np.testing.assert_array_equal(sign_flip_test(differences, resamples=999), together)
    np.testing.assert_array_equal(sign_flip_test(differences[:, 1:2], resamples=999), together[1:2])


def test_sign_flips_at_the_ends() -> None:
    assert sign_flip_test(np.zeros((20, 1)))[0] == 1.0
    assert sign_flip_test(np.ones((200, 1)), resamples=999)[0] == pytest.approx(1 / 1000)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_what_is_no_number_is_not_certain(odd: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        sign_flip_test(np.array([[odd], [0.0], [1.0]]))


def test_the_examples_are_right() -> None:
    assert doctest.testmod(significance).failed == 0


def test_without_a_difference_small_p_are_as_rare_as_they_claim() -> None:
    differences = np.random.default_rng(2).normal(size=(50, 2000))
    assert np.mean(sign_flip_test(differences, resamples=499) < 0.05) == pytest.approx(0.05, abs=0.02)


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=12))
def test_holm_by_its_definition(values: list[float | None]) -> None:
    corrected = holm(values)
    known = sorted(value for value in values if value is not None)
    for value, found in zip(values, corrected, strict=True):
        if value is None:
            assert found is None
            continue
        # The largest of what the definition gives for this p and for every smaller one.
        steps = [(len(known) - place) * p for place, p in enumerate(known) if p <= value]
        assert found == pytest.approx(min(1.0, max(steps)))
        assert value <= found + 1e-12 <= min(1.0, value * len(known)) + 2e-12
