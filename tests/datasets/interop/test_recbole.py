import importlib.util
import sys

import numpy as np
import pytest

from core.errors import UserError
from datasets.interop.recbole import import_recbole

INSTALLED = importlib.util.find_spec("recbole") is not None


@pytest.mark.skipif(not INSTALLED, reason="needs RecBole: pip install '.[recbole]'")
def test_recbole_finds_the_names_that_numpy_removed() -> None:
    assert import_recbole().__version__
    assert import_recbole("recbole.evaluator").metrics_dict
    assert np.zeros(1, dtype=np.float).dtype == np.float64  # type: ignore[attr-defined]  # noqa: NPY001


def test_missing_recbole_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "recbole", None)
    with pytest.raises(UserError, match=r"pip install 'contrast\[recbole\]'"):
        import_recbole()
