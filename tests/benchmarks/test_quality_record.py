"""What is kept of runs whose folders are gone."""

import statistics
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.quality_record import FACTS, Entry, merge, pooled, read_record, read_runs, write_record
from core.errors import UserError
from tests.benchmarks.test_graph_quality import finish


def entry(seeds: tuple[int, ...], model: str = "meow", **metrics: float | None) -> Entry:
    return Entry("acm", model, seeds, metrics, dict.fromkeys(FACTS, ("1", "2")))


numbers = st.floats(-1e3, 1e3).map(lambda value: round(value, 6))


@given(groups=st.lists(st.lists(numbers, min_size=1, max_size=4), min_size=1, max_size=4))
def test_groups_of_seeds_are_pooled_as_if_each_were_known(groups: list[list[float]]) -> None:
    entries = []
    for group in groups:
        deviation = {"x_std": statistics.stdev(group)} if len(group) > 1 else {}
        entries.append(entry(tuple(range(len(group))), x=statistics.fmean(group), **deviation))
    found, every = pooled(entries), [value for group in groups for value in group]
    assert found["x"] == pytest.approx(statistics.fmean(every), abs=1e-9)
    if len(every) > 1:
        assert found["x_std"] == pytest.approx(statistics.stdev(every), abs=1e-4)
    else:
        assert "x_std" not in found


def test_a_metric_that_some_lack_is_that_of_the_others() -> None:
    found = pooled([entry((0,), x=1.0, y=None), entry((1,), x=3.0, y=5.0), entry((2,), x=5.0)])
    assert found == {"x": 3.0, "x_std": 2.0, "y": 5.0}
    assert pooled([entry((0,), z=None)]) == {"z": None}


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    entries = [entry((0, 1), x=0.333333, x_std=0.1), entry((2,), model="adameow", x=None)]
    write_record(tmp_path / "new/record.csv", entries)
    first, second = read_record(tmp_path / "new/record.csv")
    assert first == entries[0]
    assert (second.seeds, second.model, second.metrics) == ((2,), "adameow", {"x": None, "x_std": None})
    assert read_record(tmp_path / "none.csv") == []


@pytest.mark.parametrize(("old", "new"), [("0.5", "half"), ("meow,0", "meow,zero"), ("dataset", "data")])
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "record.csv"
    write_record(path, [entry((0,), x=0.5)])
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UserError, match=r"record\.csv, line 2"):
        read_record(path)


def test_a_new_run_takes_the_place_of_its_seed() -> None:
    record = [entry((0,), x=1.0), entry((1,), x=2.0), entry((0,), model="adameow", x=3.0)]
    merged = merge(record, [entry((1,), x=9.0), entry((2,), x=8.0)])
    assert {(one.model, one.seeds): one.metrics["x"] for one in merged} == {
        ("adameow", (0,)): 3.0,
        ("meow", (0,)): 1.0,
        ("meow", (1,)): 9.0,
        ("meow", (2,)): 8.0,
    }


def test_figures_of_several_seeds_stay_until_all_are_run_anew() -> None:
    record = [entry((0, 1), x=1.0)]
    assert merge(record, [entry((1,), x=9.0)]) == record
    runs = [entry((0,), x=7.0), entry((1,), x=9.0)]
    assert merge(record, runs) == runs


def test_only_finished_runs_are_read_and_only_what_is_asked_for(tmp_path: Path) -> None:
    finish(tmp_path, "acm", "meow", [0.9, None, 0.8])
    found = read_runs(tmp_path, "acm", "meow", ["classification/20/macro_f1", "clustering/ari"])
    assert [one.seeds for one in found] == [(0,), (2,)]
    assert found[1].metrics == {"classification/20/macro_f1": 0.8, "clustering/ari": None}
    assert found[0].facts["commit"] == ("abc123",)
    assert found[0].facts["started"] == ("2025-01-02",)
