"""From folders to rows: what is joined, what is kept apart, and what it is called."""

from pathlib import Path

import pytest

from core.comparison.contests import gaps, make_contests, why_apart
from core.comparison.entries import Entry, entry_labels, find_runs, gather, name_unfinished, read_run
from core.errors import UserError
from tests.core.comparison.folders import finish, finish_seeds


def entries(*paths: Path) -> list[Entry]:
    return gather((path, read_run(path).finished, None) for path in paths)


def test_a_folder_of_seeds_is_one_entry_of_the_finished_ones(tmp_path: Path) -> None:
    path = finish_seeds(tmp_path / "a", {"test/hr@10": [0.1, None, 0.3]})
    (entry,) = entries(path)
    assert entry.seeds == (0, 2)
    assert entry.metrics["test/hr@10"] == pytest.approx(0.2)
    assert entry.metrics["test/hr@10_std"] == pytest.approx(0.02**0.5)
    assert name_unfinished([read_run(path)]) == [f"not finished, and left out: {path} (seed 1)"]
    assert name_unfinished([]) == []


def test_runs_that_differ_in_their_seed_alone_are_one_entry(tmp_path: Path) -> None:
    first = finish(tmp_path / "one", {"test/hr@10": 0.1}, seed=3, lr=0.1)
    second = finish(tmp_path / "two", {"test/hr@10": 0.3}, seed=1, lr=0.1)
    other = finish(tmp_path / "other", {"test/hr@10": 0.3}, seed=2, lr=0.2)
    again = finish(tmp_path / "again", {"test/hr@10": 0.3}, seed=1, lr=0.1)
    found = entries(first, second, other, again)
    assert [(entry.folder, entry.seeds) for entry in found] == [(first, (1, 3)), (other, (2,)), (again, (1,))]


def test_a_folder_of_seeds_is_not_mixed_with_its_repetition(tmp_path: Path) -> None:
    one = finish_seeds(tmp_path / "one", {"test/hr@10": [0.1, 0.2]})
    two = finish_seeds(tmp_path / "two", {"test/hr@10": [None, 0.3, 0.4]})
    assert [entry.seeds for entry in entries(one, two)] == [(0, 1), (1, 2)]


def test_what_does_not_train_costs_no_training(tmp_path: Path) -> None:
    cost = {"time/train_s": 0.0, "memory/peak_mb": 500.0}
    (entry,) = entries(
        finish_seeds(tmp_path / "a", {"test/hr@10": [0.1, 0.2], "epochs": [0, 0], "time/train_s": [0, 1]})
    )
    assert set(entry.metrics) == {"test/hr@10", "test/hr@10_std"}
    (entry,) = entries(finish(tmp_path / "b", {"test/hr@10": 0.1, "epochs": 3, **cost}))
    assert set(cost) < set(entry.metrics)


def test_labels_say_what_tells_runs_apart(tmp_path: Path) -> None:
    paths = [
        finish(tmp_path / "a", {}, model="cl4srec"),
        finish(tmp_path / "b", {}, objective={"weight": 0.1}, trainer={"epochs": 5}),
        finish(tmp_path / "c", {}, objective={"weight": 0.2}, trainer={"epochs": 5}),
    ]
    assert entry_labels(entries(*paths)) == [
        "cl4srec",
        "sasrec (objective.weight=0.1)",
        "sasrec (objective.weight=0.2)",
    ]
    many = {f"key{number}": number for number in range(4)}
    paths = [*paths[1:], finish(tmp_path / "d", {}, **many), finish(tmp_path / "sub" / "d", {}, **many)]
    labels = entry_labels(entries(*paths))
    assert labels[2:] == [f"sasrec ({tmp_path / 'd'})", f"sasrec ({tmp_path / 'sub' / 'd'})"]
    named = gather((path, read_run(path).finished, "ours") for path in paths[:1])
    assert entry_labels(named) == ["ours"]


def test_runs_are_found_at_any_depth_and_seeds_not_twice(tmp_path: Path) -> None:
    runs = [
        finish_seeds(tmp_path / "sweep" / "x", {"test/hr@10": [0.1, 0.2]}),
        finish(tmp_path / "z", {}),
    ]
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "notes").mkdir()
    assert find_runs(tmp_path) == runs
    assert find_runs(runs[1]) == [runs[1]]
    with pytest.raises(UserError, match="no such folder"):
        find_runs(tmp_path / "nowhere")


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "settings.yaml").write_text("colour: red\n")
    (tmp_path / "a" / "metrics.json").write_text("{}")
    with pytest.raises(UserError, match="names no model"):
        read_run(tmp_path / "a")
    odd = finish(tmp_path / "odd", {}) / "settings.yaml"
    odd.write_text(odd.read_text().replace("seed: 0", "seed: first"))
    with pytest.raises(UserError, match=r"odd/settings\.yaml: seed expects a whole number, got 'first'"):
        read_run(tmp_path / "odd")


def test_contests_are_of_the_same_data_and_evaluation(tmp_path: Path) -> None:
    paths = [
        finish(tmp_path / "a", {}),
        finish(tmp_path / "b", {}, model="mclrec"),
        finish(tmp_path / "other-data", {}, environment={"dataset_checksum": "data-2"}),
        finish(tmp_path / "other-protocol", {}, environment={"protocol": "Filtered"}),
        finish(tmp_path / "other-name", {}, dataset="own/sports.csv"),
    ]
    contests = make_contests(entries(*paths))
    assert [(one.dataset, one.protocol, len(one.entries)) for one in contests] == [
        ("beauty (data data-1)", "Ranked", 2),
        ("beauty (data data-2)", "Ranked", 1),
        ("beauty (data data-1)", "Filtered", 1),
        ("sports", "Ranked", 1),
    ]
    assert why_apart(contests[:1]) is None
    data = "runs on different data do not compare; a table for each of: beauty (data data-1), "
    ways = "runs that were evaluated in different ways do not compare; a table for each way"
    assert why_apart(contests) == f"{data}beauty (data data-2), sports; {ways}"
    assert why_apart([contests[0], contests[2]]) == ways
    assert why_apart([contests[0], contests[3]]) == f"{data}sports"


def test_a_metric_that_some_seeds_lack_is_told(tmp_path: Path) -> None:
    paths = [
        finish_seeds(
            tmp_path / "a", {"test/hr@10": [0.1, None, 0.3], "test/users": [9, 9, 9], "test/mrr@10": [None] * 3}
        ),
        finish_seeds(tmp_path / "b", {"test/hr@10": [0.1, 0.2, 0.3]}, model="mclrec"),
    ]
    (contest,) = make_contests(entries(*paths))
    assert gaps(contest, ["test/hr@10", "test/users", "test/mrr@10"]) == [
        "sasrec: averaged over the seeds that have it, not all: test/hr@10"
    ]


def test_a_run_that_does_not_tell_its_protocol_joins_the_only_one_there_is(tmp_path: Path) -> None:
    silent = finish(tmp_path / "old", {}, environment={"protocol": ""})
    told = finish(tmp_path / "new", {}, model="mclrec")
    (contest,) = make_contests(entries(silent, told))
    assert contest.protocol == "Ranked"
    assert any("not recorded" in note and str(silent) in note for note in contest.notes)
    third = finish(tmp_path / "third", {}, environment={"protocol": "Filtered"})
    assert [one.protocol for one in make_contests(entries(silent, told, third))] == ["", "Ranked", "Filtered"]


def test_other_code_and_other_machines_are_told(tmp_path: Path) -> None:
    environment = {"git_commit": "b" * 40 + "-dirty", "threads": 4}
    paths = [finish(tmp_path / "a", {}), finish(tmp_path / "b", {}, model="mclrec", environment=environment)]
    (contest,) = make_contests(entries(*paths))
    assert f"made by 2 versions of the code: {'a' * 9}, {'b' * 9}-dirty" in contest.notes
    assert any("times and memory do not compare" in note for note in contest.notes)
    (alone,) = make_contests(entries(paths[0]))
    assert alone.notes == ()
