import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from datasets.columns import categorical_features, numeric_features, stack_features, text_features

NUMBERS = st.lists(st.one_of(st.none(), st.floats(-1e12, 1e12)), min_size=1, max_size=30)
NAMES = st.lists(st.one_of(st.none(), st.sampled_from("abcdef")), min_size=1, max_size=30)


@given(NUMBERS)
def test_numbers_are_standardised_and_gaps_marked(values: list[float | None]) -> None:
    column = np.array([np.nan if value is None else value for value in values])
    found = numeric_features(column).toarray().astype(np.float64)
    gaps, known = np.isnan(column), column[~np.isnan(column)]
    varied, marked = len(set(known.tolist())) > 1, 0 < gaps.sum() < len(column)
    assert found.shape == (len(column), int(varied) + int(marked))
    assert np.isfinite(found).all()
    if marked:
        np.testing.assert_array_equal(found[:, -1], gaps)
    if varied:
        assert (found[gaps, 0] == 0).all()
        assert found[~gaps, 0].mean() == pytest.approx(0, abs=1e-5)
        assert found[~gaps, 0].std() == pytest.approx(1, abs=1e-4)
        assert (np.diff(found[~gaps, 0][np.argsort(known, kind="stable")]) >= 0).all()


@given(NAMES, st.integers(1, 8))
def test_every_row_has_the_one_of_its_category(names: list[str | None], most: int) -> None:
    found = categorical_features(pa.array(names, pa.string()), most).toarray()
    counts = {name: names.count(name) for name in dict.fromkeys(names) if name is not None}
    kept = sorted(counts, key=lambda name: -counts[name])[:most]
    groups = [name if name is None or name in kept else "other" for name in names]
    if len(set(groups)) == 1:
        assert found.shape == (len(names), 0)
        return
    assert (found.sum(axis=1) == 1).all()
    alike = found @ found.T > 0
    np.testing.assert_array_equal(alike, np.array([[one == other for other in groups] for one in groups]))


def test_words_are_weighted_by_how_rare_they_are() -> None:
    texts = ["red wine", "red cheese", None, "Red RED łódź"]
    found = text_features(pa.array(texts), 100).toarray()
    assert found.shape == (4, 5)  # cheese, red, wine, łódź, and that there is no text
    np.testing.assert_allclose(np.linalg.norm(found[[0, 1, 3]], axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(found[2], [0, 0, 0, 0, 1])
    red, wine = found[0, 1], found[0, 2]
    assert 0 < red < wine
    assert text_features(pa.array(texts), 1).shape == (4, 2)


@pytest.mark.parametrize("texts", [[None, None], ["?", "!"], ["", "-"]])
def test_texts_without_words_say_nothing(texts: list[str | None]) -> None:
    assert text_features(pa.array(texts, pa.string()), 10).shape == (2, 0)


def test_mostly_empty_columns_are_sparse_and_others_dense() -> None:
    names = categorical_features(pa.array([str(number) for number in range(40)]), 100)
    numbers = numeric_features(np.arange(40.0))
    sparse, dense = stack_features([names, numbers]), stack_features([numbers, numbers])
    assert sparse is not None
    assert dense is not None
    assert sparse.layout == torch.sparse_csr
    assert dense.layout == torch.strided
    np.testing.assert_allclose(sparse.to_dense()[:, 40:], numbers.toarray())
    assert sparse.dtype == dense.dtype == torch.float32
    assert stack_features([numeric_features(np.ones(3))]) is None
