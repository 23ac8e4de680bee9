import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UserError
from datasets import SequenceDataset, load
from datasets.interop.recbole import import_recbole, write_inter

INSTALLED = importlib.util.find_spec("recbole") is not None


@pytest.mark.skipif(not INSTALLED, reason="needs RecBole: pip install -e '.[recbole]'")
def test_recbole_finds_the_names_that_numpy_removed() -> None:
    assert import_recbole().__version__
    assert import_recbole("recbole.evaluator").metrics_dict
    assert np.zeros(1, dtype=np.float).dtype == np.float64  # type: ignore[attr-defined]  # noqa: NPY001


def test_missing_recbole_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "recbole", None)
    with pytest.raises(UserError, match=r"not installed.*pip install -e '\.\[recbole\]'"):
        import_recbole()


def test_a_recbole_that_does_not_fit_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "recbole_needs", None)
    with pytest.raises(UserError, match=r"cannot be imported \(.*recbole_needs.*pip install -e"):
        import_recbole("recbole_needs")


def log_of(histories: list[list[int]], users: list[str], items: list[str], times: bool) -> SequenceDataset:
    flat = np.array([item for history in histories for item in history], dtype=np.int64)
    return SequenceDataset(
        "own",
        flat,
        np.cumsum([0, *map(len, histories)]),
        np.concatenate([np.sort(np.array(history) * 1e8 + 0.5) for history in histories]) if times else None,
        np.array(users),
        np.array(items),
        "0",
    )


ids = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters='"'), min_size=1)
ids = ids.filter(lambda text: not text.endswith(".0"))  # read as whole numbers


@settings(max_examples=30, deadline=None)
@given(data=st.data(), times=st.booleans())
def test_what_is_written_is_read_back(
    data: st.DataObject, times: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    users = data.draw(st.lists(ids, min_size=1, max_size=5, unique=True))
    items = data.draw(st.lists(ids, min_size=1, max_size=6, unique=True))
    histories = [
        data.draw(st.lists(st.integers(1, len(items)), min_size=1, max_size=6), label="history") for _ in users
    ]
    log = log_of(histories, users, items, times)
    path = tmp_path_factory.mktemp("atomic") / "own.inter"
    write_inter(log, path)
    assert [entry.name for entry in path.parent.iterdir()] == ["own.inter"]
    back = load(str(path))
    assert isinstance(back, SequenceDataset)
    assert back.num_users == log.num_users
    for user, name in enumerate(users):
        place = back.user_number(name)
        found = slice(back.offsets[place], back.offsets[place + 1])
        assert back.item_ids[back.items[found] - 1].tolist() == [items[item - 1] for item in histories[user]]
        assert back.times is not None
        expected = log.times[log.offsets[user] : log.offsets[user + 1]] if log.times is not None else None
        np.testing.assert_array_equal(
            back.times[found], np.arange(1, len(histories[user]) + 1) if expected is None else expected
        )


def test_the_header_names_recboles_types(tmp_path: Path) -> None:
    write_inter(log_of([[1, 2]], ["u"], ["a", "b"], False), tmp_path / "own/own.inter")
    text = (tmp_path / "own/own.inter").read_text()
    assert text == "user_id:token\titem_id:token\ttimestamp:float\nu\ta\t1\nu\tb\t2\n"


@pytest.mark.parametrize("bad", ["a\tb", "a\nb", 'a"b', " a", "", "a\r"])
def test_an_id_that_would_be_read_as_another_is_refused(tmp_path: Path, bad: str) -> None:
    with pytest.raises(UserError, match=r"item id .* cannot stand in an atomic file"):
        write_inter(log_of([[1, 2]], ["u"], ["x", bad], False), tmp_path / "own.inter")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_and_the_name_tells_the_kind(tmp_path: Path) -> None:
    log = log_of([[1]], ["u"], ["a"], False)
    (tmp_path / "own.inter").write_text("dear")
    with pytest.raises(UserError, match="exists already"):
        write_inter(log, tmp_path / "own.inter")
    assert (tmp_path / "own.inter").read_text() == "dear"
    with pytest.raises(UserError, match=r"NAME\.inter"):
        write_inter(log, tmp_path / "own.csv")
