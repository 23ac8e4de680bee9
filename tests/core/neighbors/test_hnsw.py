"""The index: how much it finds, how it is kept, and when it is not trusted."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from core import extras
from core.errors import UserError
from core.neighbors import ExactSearch, nearest_others
from core.neighbors.hnsw import HnswIndex, HnswSettings
from core.neighbors.recall import measure_recall
from core.neighbors.stored import IDS, INDEX, NOTE, StaleIndexError, StoredIndex, read_index, write_index

hnswlib = pytest.importorskip("hnswlib")

SETTINGS = HnswSettings()


def clustered(count: int = 2000, width: int = 16) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(40, width, generator=generator)
    return centres[torch.arange(count) % 40] + 0.4 * torch.randn(count, width, generator=generator)


VECTORS = clustered()
IDS_TEXT = np.array([f"item {row}" for row in range(len(VECTORS))])


@pytest.fixture(scope="module")
def index() -> HnswIndex:
    return HnswIndex.build(VECTORS, SETTINGS, threads=1)


def test_nearly_all_of_the_nearest_are_found(index: HnswIndex) -> None:
    found = measure_recall(index, ExactSearch(VECTORS), 10)
    assert found.value > 0.99
    assert (found.k, found.queries) == (10, 1000)
    assert found.seconds > 0
    assert found.speedup == found.exact_seconds / found.seconds
    narrow = HnswIndex.build(VECTORS, HnswSettings(links=4, build_width=10, search_width=11), threads=1)
    assert measure_recall(narrow, ExactSearch(VECTORS), 10).value < found.value - 0.05


def test_recall_counts_what_is_as_near_as_the_exact_answer() -> None:
    class FirstRows(ExactSearch):
        def search(self, queries, k):  # type: ignore[no-untyped-def]
            return super().search(queries, k)._replace(rows=torch.arange(k).expand(len(queries), k))

    twins = torch.cat([torch.eye(10), torch.eye(10)])
    assert measure_recall(ExactSearch(twins), ExactSearch(twins), 1).value == 1.0
    # Asked for the nearest other, the first row but oneself is right for the one twin of row 0 alone.
    assert measure_recall(FirstRows(twins), ExactSearch(twins), 1).value == pytest.approx(1 / 20)
    with pytest.raises(UserError, match="two vectors"):
        measure_recall(ExactSearch(twins[:1]), ExactSearch(twins[:1]), 1)


def test_nearness_is_the_cosine(index: HnswIndex) -> None:
    rows = torch.tensor([5, 1999])
    found, exact = nearest_others(index, rows, 8), nearest_others(ExactSearch(VECTORS), rows, 8)
    torch.testing.assert_close(found.nearness, exact.nearness, atol=1e-5, rtol=0)
    assert len(index) == len(VECTORS)
    torch.testing.assert_close(index.vectors_of(rows), torch.nn.functional.normalize(VECTORS[rows]))
    assert index.search(torch.empty(0, 16), 3).rows.shape == (0, 3)


def test_more_are_asked_for_than_a_search_keeps(index: HnswIndex) -> None:
    found = index.search(VECTORS[:2], 500)
    assert found.rows.shape == (2, 500)
    assert all(len(set(rows)) == 500 for rows in found.rows.tolist())


def test_few_and_equal_vectors() -> None:
    few = HnswIndex.build(torch.eye(3), SETTINGS)
    assert nearest_others(few, torch.tensor([0]), 10).rows.shape == (1, 2)
    equal = HnswIndex.build(torch.ones(300, 4), SETTINGS, threads=1)
    assert nearest_others(equal, torch.tensor([7]), 20).nearness[0].tolist() == pytest.approx([1.0] * 20, abs=1e-6)
    with pytest.raises(UserError, match="training has diverged"):
        HnswIndex.build(torch.tensor([[torch.nan, 1.0]]), SETTINGS)


def test_a_graph_in_pieces_is_named() -> None:
    pieces = HnswIndex.build(VECTORS, HnswSettings(links=2, build_width=2, search_width=1), threads=1)
    with pytest.raises(UserError, match="the index does not reach 900 neighbours"):
        pieces.search(VECTORS[:100], 900)


def test_an_index_comes_back_as_it_was_kept(index: HnswIndex, tmp_path: Path) -> None:
    write_index(StoredIndex(index, IDS_TEXT), tmp_path / "n", SETTINGS, "abc")
    assert {path.name for path in (tmp_path / "n").iterdir()} == {INDEX, IDS, NOTE}
    again = read_index(tmp_path / "n", SETTINGS.model_copy(update={"search_width": 9}), "abc")
    np.testing.assert_array_equal(again.ids, IDS_TEXT)
    wide = read_index(tmp_path / "n", SETTINGS, "abc").index
    first, second = index.search(VECTORS[:50], 10), wide.search(VECTORS[:50], 10)
    assert torch.equal(first.rows, second.rows)
    assert torch.equal(first.nearness, second.nearness)


def test_what_is_stale_or_damaged_is_not_read(index: HnswIndex, tmp_path: Path) -> None:
    folder = tmp_path / "n"

    def refused(message: str, settings: HnswSettings = SETTINGS, source: str = "abc") -> None:
        with pytest.raises(StaleIndexError, match=message):
            read_index(folder, settings, source)

    refused("there is none yet")
    write_index(StoredIndex(index, IDS_TEXT), folder, SETTINGS, "abc")
    refused("embeddings have changed", source="def")
    refused("other settings", HnswSettings(links=8))
    note = (folder / NOTE).read_text()
    for changed, message in (
        ("{", "index.json is damaged"),
        ("[1]", "index.json is damaged"),
        (json.dumps(json.loads(note) | {"format": 0}), "another version"),
        (json.dumps(json.loads(note) | {"links": "many"}), "index.json is damaged"),
        (json.dumps(json.loads(note) | {"width": "wide"}), "index.json is damaged"),
    ):
        (folder / NOTE).write_text(changed)
        refused(message)
    (folder / NOTE).write_text(note)
    for name in (INDEX, IDS):
        sound = (folder / name).read_bytes()
        (folder / name).write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
        refused(f"{name} is damaged")
        (folder / name).write_bytes(sound)
    assert len(read_index(folder, SETTINGS, "abc").index) == len(VECTORS)
    (folder / INDEX).unlink()
    refused("index.hnsw is damaged")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(extras.importlib, "import_module", missing)
    with pytest.raises(UserError, match=r"hnswlib cannot be imported .*pip install -e '\.\[serve\]'"):
        HnswIndex.build(VECTORS, SETTINGS)
