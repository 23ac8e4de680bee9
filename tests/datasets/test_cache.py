from pathlib import Path

import numpy as np
import pytest

from datasets.cache import cached_arrays


def test_builds_once_per_key(cache_of_its_own: Path) -> None:
    built = []

    def build() -> dict[str, np.ndarray]:
        built.append(None)
        return {"x": np.arange(3) + len(built)}

    first = cached_arrays("kind", {"k": 1}, build)
    again = cached_arrays("kind", {"k": 1}, build)
    assert len(built) == 1
    assert again["x"].tolist() == first["x"].tolist() == [1, 2, 3]
    assert cached_arrays("kind", {"k": 2}, build)["x"].tolist() == [2, 3, 4]
    assert [path.suffix for path in (cache_of_its_own / "kind").iterdir()] == [".npz", ".npz"]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "foreign"])
def test_damaged_files_are_rebuilt(cache_of_its_own: Path, damage: str) -> None:
    cached_arrays("kind", {}, lambda: {"x": np.arange(100)})
    (file,) = (cache_of_its_own / "kind").iterdir()
    content = bytearray(file.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 255
    file.write_bytes({"cut": content[:-30], "flip": content, "empty": b"", "foreign": b"hello"}[damage])
    assert cached_arrays("kind", {}, lambda: {"x": np.arange(5)})["x"].tolist() == list(range(5))
    assert cached_arrays("kind", {}, lambda: {})["x"].tolist() == list(range(5))


def test_a_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CONTRAST_CACHE", str(tmp_path / "file"))
    assert cached_arrays("kind", {}, lambda: {"x": np.ones(1)})["x"].tolist() == [1.0]
    assert "not kept" in caplog.text


@pytest.mark.parametrize("name", ["file", "key", "a.b/c"])
def test_arrays_may_have_any_name(name: str) -> None:
    built = []

    def build() -> dict[str, np.ndarray]:
        built.append(1)
        return {name: np.arange(3)}

    for _ in range(2):
        found = cached_arrays("thing", {"name": name}, build)
        assert list(found) == [name]
        np.testing.assert_array_equal(found[name], np.arange(3))
    assert len(built) == 1
