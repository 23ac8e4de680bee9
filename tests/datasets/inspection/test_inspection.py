"""What an inspection counts and warns of, against what was planted."""

import doctest
from pathlib import Path

import numpy as np
import pytest

import datasets
from core.errors import UserError
from datasets.inspection import FactTable, GraphWishes, Inspection, LogWishes, findings, inspect_data
from datasets.inspection.log_facts import core_size, length_facts, log_warnings, size_facts
from datasets.sequences import SequenceDataset


def row(found: Inspection | FactTable, title: str, name: str) -> tuple[str, ...]:
    """Return the row of this name, without it, of the table that bears the title, or of this one."""
    tables = found.tables if isinstance(found, Inspection) else [found]
    (table,) = (one for one in tables if one.title.startswith(title))
    (cells,) = (cells for cells in table.rows if cells[0] == name)
    return tuple(cells[1:])


def log_of(*users: list[int], times: list[list[float]] | None = None, items: int = 10) -> SequenceDataset:
    flat = np.concatenate([np.array(one, dtype=np.int64) for one in users])
    return SequenceDataset(
        name="log",
        items=flat,
        offsets=np.concatenate([[0], np.cumsum([len(one) for one in users])]),
        times=None if times is None else np.concatenate(times),
        user_ids=np.array([f"u{number}" for number in range(len(users))]),
        item_ids=np.arange(1, items + 1),
        checksum="",
    )


def test_sizes_and_lengths_of_a_log() -> None:
    log = log_of([1, 2, 2, 2], [3], [1, 2, 3, 1, 2], items=3, times=[[0, 1, 2, 3], [5], [1, 1, 1, 2, 3]])
    sizes = size_facts(log)
    assert [row(sizes, "Interactions", name)[0] for name in ("users", "items", "interactions")] == ["3", "3", "10"]
    assert row(sizes, "Interactions", "density") == ("66.7 %",)  # 6 of 9 pairs
    assert row(sizes, "Interactions", "repeated pairs") == ("40 %",)
    assert row(sizes, "Interactions", "share of the most frequent item") == ("50 %",)
    assert row(length_facts(log), "Lengths", "items a user") == ("1", "2", "4", "4", "5", "5", "3.3")
    assert core_size(log) == "the 5-core has 0 users, 0 items and 0 interactions"
    assert core_size(log_of([1] * 5, [2])) == "the 5-core has 1 user, 1 item and 5 interactions"


@pytest.mark.parametrize(
    ("log", "parts"),
    [
        (log_of([1, 2], [1, 2, 3], items=3), ["1 user of 2 below 3 items, such as u0", "no times"]),
        (log_of([1], [1], items=1), ["2 users of 2 below", "no user can be evaluated", "no times"]),
        (log_of(list(range(1, 11))), ["10 of 10 items occur once", "no times"]),
        (log_of([1] * 200, [1] * 100, items=1), ["user u0 has 66.7 % of all interactions", "no times"]),
        (log_of([1] * 3, [1] * 3, items=1, times=[[7, 7, 7]] * 2), ["all times are the same"]),
        (log_of([1] * 3, [1] * 3, items=1, times=[[1, 2, 2], [2, 3, 4]]), ["16.7 % of the interactions have the same"]),
        (log_of([1] * 3, [1] * 3, items=1, times=[[1, 2, 3]] * 2), []),
    ],
)
def test_what_looks_wrong_with_a_log(log: SequenceDataset, parts: list[str]) -> None:
    warnings = list(log_warnings(log, may_lack_times=False))
    assert len(warnings) == len(parts)
    for part, warning in zip(parts, warnings, strict=True):
        assert part in warning


def test_a_planted_graph_is_counted() -> None:
    found, full = inspect_data("planted-graph"), datasets.load("planted-graph")
    assert isinstance(full, datasets.GraphDataset)
    edges = full.graph["item", "item-author", "author"].edge_index
    cells = row(found, "Relations", "item-author")
    assert cells[:3] == ("item", "author", f"{edges.shape[1]:,}")
    assert cells[4] == f"{edges.shape[1] / 900:.1f} / {int(edges[0].bincount().max())}"
    lonely = 900 - len(np.unique(np.concatenate([full.graph[key].edge_index[0] for key in full.graph.edge_types])))
    assert row(found, "Node types", "item (target)")[:2] == ("900", str(lonely))
    assert found.warnings == [f"item: {lonely} isolated nodes of 900, such as 21"]
    assert row(found, "Classes", "0") == ("300", "33.3 %")
    assert row(found, "Splits", "20") == tuple(
        f"{len(part):,}" for part in (full.splits["20"].train, full.splits["20"].valid, full.splits["20"].test)
    )
    assert found.description is None


def write(folder: Path, **tables: list[str]) -> Path:
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


PAPERS = ["paper_id,year", *(f"p{number},{2000 + number % 7}" for number in range(20))]
WRITES = ["paper_id,author_id", *(f"p{number},a{number // 2}" for number in range(18))]
EVERYWHERE = ["paper_id,journal_id", *(f"p{number},j{number % 19 // 18}" for number in range(20))]


def test_a_path_that_joins_nearly_all_is_said_to_be_too_dense(tmp_path: Path) -> None:
    found = inspect_data(str(write(tmp_path, papers=PAPERS, writes=WRITES, printed=EVERYWHERE)))
    assert row(found, "Meta-paths", "PAP")[1:] == ("18", "4.74 %", "0.9", "90 %", "good")
    assert row(found, "Meta-paths", "PJP")[-1].startswith("too dense: joins")
    assert found.description is not None
    assert "\n  PAP: [paper, author, paper]" in found.description
    assert not [warning for warning in found.warnings if "meta-path" in warning]
    assert "\n  # PJP: [paper, journal, paper]  left out: too dense" in found.description


def test_if_no_path_is_good_all_are_offered(tmp_path: Path) -> None:
    found = inspect_data(str(write(tmp_path, papers=PAPERS, printed=EVERYWHERE)))
    assert found.description is not None
    assert "\n  PJP: [paper, journal, paper]" in found.description
    assert "no meta-path is good; another --target, or more --steps, may give some" in found.warnings


def test_fewer_steps_on_request(tmp_path: Path) -> None:
    cites = ["author_id,town_id", *(f"a{number},t{number % 3}" for number in range(9))]
    write(tmp_path, papers=PAPERS, writes=WRITES, live=cites)
    names = [[cells[0] for cells in inspect(tmp_path, steps)] for steps in (2, 4)]
    assert names == [["PAP"], ["PAP", "PATAP"]]


def inspect(folder: Path, steps: int) -> list[tuple[str, ...]]:
    found = inspect_data(str(folder), graph=GraphWishes(target="paper", steps=steps))
    (table,) = (one for one in found.tables if one.title.startswith("Meta-paths"))
    return [tuple(cells) for cells in table.rows]


def test_a_relation_of_a_nodes_own_row_may_be_empty(tmp_path: Path) -> None:
    papers = ["paper_id,journal_id", *(f"p{number},{f'j{number % 3}' if number % 2 else ''}" for number in range(20))]
    found = inspect_data(str(write(tmp_path, papers=papers)))
    assert not [warning for warning in found.warnings if "without an id" in warning]
    assert any("10 isolated nodes of 20" in warning for warning in found.warnings)


def test_wishes_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    write(tmp_path, papers=PAPERS)
    with pytest.raises(UserError, match="--user"):
        inspect_data(str(tmp_path), log=LogWishes(user="a"))
    with pytest.raises(UserError, match="--label"):
        inspect_data(str(tmp_path / "papers.csv"), graph=GraphWishes(label="a"))


@pytest.mark.parametrize(
    ("times", "warnings", "notes"),
    [
        (("1", "2", "1", "2"), [], []),  # user after user
        (("2", "1", "1", "2"), [], ["the rows of 1 user are not in the order of date; they are put in order by it"]),
        (("05/31/2014",) * 4, ["date is called like a time, but '05/31/2014' on line 2 is neither"], []),
        (("1", "2", "1", "2014-05-31"), ["but '2014-05-31' on line 5 is neither a number nor a date such as"], []),
    ],
)
def test_times_of_a_log(times: tuple[str, ...], warnings: list[str], notes: list[str], tmp_path: Path) -> None:
    rows = [f"{user},i,{time}" for user, time in zip("uuvv", times, strict=True)]
    write(tmp_path, log=["user,item,date", *rows])
    found = inspect_data(str(tmp_path / "log.csv"))
    said = [warning for warning in found.warnings if "below" not in warning and "no user" not in warning]
    expected = [*warnings, "no times: "] if warnings else []
    assert len(said) == len(expected)
    assert all(part in warning for part, warning in zip(expected, said, strict=True))
    assert found.notes[:-1] == notes


def test_a_log_without_a_header(tmp_path: Path) -> None:
    write(tmp_path, log=[f"u{number % 3},i{number % 4},{number}" for number in range(12)])
    with pytest.raises(UserError, match=r"no column is called like a user.*Columns: 1 \(such as u0\), 2 \(such as i0"):
        inspect_data(str(tmp_path / "log.csv"))
    found = inspect_data(str(tmp_path / "log.csv"), log=LogWishes("1", "2", "3"))
    assert found.description is not None
    (tmp_path / "log.yaml").write_text(found.description)
    log = datasets.load(str(tmp_path / "log.yaml"))
    assert isinstance(log, SequenceDataset)
    assert (log.num_users, log.num_items, log.num_interactions) == (3, 4, 12)


def test_lines_of_users_are_a_log_without_columns(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("1 3 4 3\n2 4 4\n")
    found = inspect_data(str(tmp_path / "log.txt"))
    assert found.description == "kind: sequence\nfile: log.txt\n"
    assert found.warnings == ["1 user of 2 below 3 items, such as 2: they train the model, but are not evaluated"]


def test_examples() -> None:
    assert doctest.testmod(findings).failed == 0
