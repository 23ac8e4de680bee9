"""The page of a comparison: the best, the marks, the tests, and the three written formats."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from core.command_line.compare import compare_entries, read_entries
from core.comparison.compared import OVER_SEEDS, OVER_UNITS
from core.comparison.contests import make_contests
from core.comparison.formats import comma_separated, latex, markdown
from core.comparison.paired_tests import paired_tests
from core.comparison.sheet import Cell, Page, Sheet
from core.comparison.significance import paired_t_test, sign_flip_test
from core.errors import UserError
from core.unit_scores import UnitScores, mean_scores
from tests.core.comparison.folders import finish_seeds

BASE = [0.10, 0.11, 0.12, 0.10]
BETTER = [0.20, 0.22, 0.21, 0.21]
NEAR = [0.11, 0.10, 0.13, 0.10]


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    cost = {"epochs": [3, 4, 5, 4], "time/train_s": [20.0, 21.0, 22.0, 23.0]}
    return [
        str(finish_seeds(tmp_path / name, {"test/ndcg@10": values, "test/users": [9] * 4, **cost}, model=name))
        for name, values in (("sasrec", BASE), ("mclrec", BETTER), ("cl4srec", NEAR))
    ]


def page_of(runs: list[str], *patterns: str, baseline: str | None = None) -> Page:
    entries, notes = read_entries(runs, baseline)
    return compare_entries(entries, patterns, notes, baseline=baseline)


def rows_of(sheet: Sheet) -> dict[str, dict[str, Cell]]:
    return {row[0].text: dict(zip(sheet.header[1:], row[1:], strict=True)) for row in sheet.rows}


def test_the_best_of_a_row_stands_out_by_its_better_end(runs: list[str]) -> None:
    page = page_of(runs)
    rows = rows_of(page.sheets[0])
    assert list(rows) == ["test/ndcg@10 ↑", "epochs ↓", "time/train_s ↓"]
    ndcg = rows["test/ndcg@10 ↑"]
    assert (ndcg["mclrec"].text, ndcg["mclrec"].spread) == (f"{np.mean(BETTER):.4f}", f"{np.std(BETTER, ddof=1):.4f}")
    assert [name for name, cell in ndcg.items() if cell.is_best] == ["mclrec"]
    assert all(
        cell.is_best and (cell.text, cell.spread) == ("4", "0.8") for cell in rows["epochs ↓"].values()
    )  # equal: all of them
    assert "test/users" in rows_of(page_of(runs, "test/users").sheets[0])
    assert not any(cell.is_best for cell in rows_of(page_of(runs, "test/users").sheets[0])["test/users"].values())
    assert not any(cell.is_best for cell in rows_of(page_of(runs[:1]).sheets[0])["test/ndcg@10 ↑"].values())


def test_what_differs_significantly_is_marked(runs: list[str]) -> None:
    page = page_of(runs)
    ndcg = rows_of(page.sheets[0])["test/ndcg@10 ↑"]
    assert {name: cell.marks for name, cell in ndcg.items()} == {"sasrec": "", "mclrec": OVER_SEEDS, "cl4srec": ""}
    tests = page.sheets[1]
    assert tests.title == "beauty: against sasrec"
    p = paired_t_test(np.array(BETTER) - np.array(BASE))
    assert p is not None
    first = dict(zip(tests.header, (cell.text for cell in tests.rows[0]), strict=True))
    assert first["t-test over seeds: p (Holm)"] == f"{p:.4f} ({2 * p:.4f})"
    assert first["difference"] == f"{np.mean(BETTER) - np.mean(BASE):+.4f}"
    notes = " ".join(tests.notes)
    assert "4 pairs" in notes
    assert "Wilcoxon's p cannot come below 0.125" in notes
    assert "Holm's correction over the 2 tests" in notes


def test_the_baseline_is_chosen_or_added(runs: list[str]) -> None:
    assert page_of(runs, baseline=runs[1]).sheets[1].title == "beauty: against mclrec"
    added = page_of(runs[1:], baseline=runs[0])
    assert added.sheets[0].header == ("metric", "sasrec", "mclrec", "cl4srec")
    assert added.sheets[1].title == "beauty: against sasrec"
    named = page_of([f"ours={runs[1]}", f"base={runs[0]}"], baseline="base")
    assert named.sheets[1].title == "beauty: against base"
    with pytest.raises(UserError, match="given twice"):
        page_of(runs, baseline=f"{runs[2]}/seed-0")


def test_on_other_data_the_baseline_is_the_one_of_the_same_label(runs: list[str], tmp_path: Path) -> None:
    there = [
        str(finish_seeds(tmp_path / "there" / name, {"test/ndcg@10": BASE}, model=name, dataset="sports"))
        for name in ("mclrec", "sasrec")
    ]
    page = page_of([*runs, *there], baseline=runs[0])
    titles = [sheet.title for sheet in page.sheets]
    assert titles == ["beauty", "beauty: against sasrec", "sports", "sports: against sasrec"]
    assert "runs on different data do not compare" in page.notes[0]
    assert len(page.notes) == 1
    page = page_of([*runs, *there], baseline=runs[2])
    assert page.sheets[3].title == "sports: against mclrec"
    assert page.notes[1] == f"sports: there is no {runs[2]}, the others are against mclrec"


def test_too_few_seeds_are_said_plainly(tmp_path: Path) -> None:
    few = [
        str(finish_seeds(tmp_path / name, {"test/ndcg@10": values[:2]}, model=name))
        for name, values in (("sasrec", BASE), ("mclrec", BETTER))
    ]
    tests = page_of(few).sheets[1]
    assert tests.header == ("metric", "run", "difference")
    assert tests.notes == (
        "too few seeds for any test over them: 2 in common, 3 or more are needed (and 6 for Wilcoxon's to reach 0.05)",
    )


def test_seeds_are_paired_by_their_number(tmp_path: Path) -> None:
    one = finish_seeds(tmp_path / "sasrec", {"test/ndcg@10": [*BASE, 9.0]})
    other = finish_seeds(tmp_path / "mclrec", {"test/ndcg@10": [None, *BETTER]}, model="mclrec")
    (contest,) = make_contests(read_entries([str(one), str(other)])[0])
    (test,) = paired_tests(contest, 0, ["test/ndcg@10"])
    assert test.seeds == (1, 2, 3, 4)
    assert test.t.p == paired_t_test(np.array(BETTER) - np.array([*BASE[1:], 9.0]))


def test_a_difference_of_other_seeds_than_the_tests_is_told(runs: list[str]) -> None:
    told = "a difference is that of the means over all seeds"
    assert not any(told in note for note in page_of(runs).sheets[1].notes)
    fewer = [runs[0], *(f"ours={runs[1]}/seed-{seed}" for seed in range(3))]
    assert any(told in note for note in page_of(fewer).sheets[1].notes)


def scores(values: np.ndarray, ids: np.ndarray | None = None) -> dict[str, UnitScores]:
    return {"test/ndcg@10": UnitScores("user", np.arange(len(values)) if ids is None else ids, values)}


def test_users_are_tested_as_well(runs: list[str]) -> None:
    random = np.random.default_rng(0)
    base = random.random(400)
    gains = [np.zeros(400), random.normal(0.02, 0.05, 400), random.normal(0.0, 0.05, 400)]
    entries, _ = read_entries(runs)
    page = compare_entries(entries, scores=lambda contest: ([scores(base + gain) for gain in gains], ["a remark"]))
    assert page.notes == ("a remark",)
    marks = {name: cell.marks for name, cell in rows_of(page.sheets[0])["test/ndcg@10 ↑"].items()}
    assert marks == {"sasrec": "", "mclrec": OVER_SEEDS + OVER_UNITS, "cl4srec": ""}
    assert any(f"{OVER_UNITS} differs from the baseline over users" in note for note in page.sheets[0].notes)
    expected = sign_flip_test(np.stack(gains[1:], axis=1))
    records = {record["run"]: record for record in page.records if record["metric"] == "test/ndcg@10"}
    assert records["mclrec"]["units_p"] == pytest.approx(expected[0])
    assert records["cl4srec"]["units_p"] == records["cl4srec"]["units_p_holm"] == pytest.approx(expected[1])
    assert records["mclrec"]["paired_units"] == 400
    assert any("400 of them" in note for note in page.sheets[1].notes)


def test_scores_of_other_users_are_refused(runs: list[str]) -> None:
    entries, _ = read_entries(runs[:2])
    sides = [scores(np.zeros(3)), scores(np.zeros(3), np.array([0, 2, 1]))]
    with pytest.raises(UserError, match="not of the same users"):
        compare_entries(entries, scores=lambda contest: (sides, []))
    with pytest.raises(UserError, match="not of the same users"):
        mean_scores(sides)
    means = mean_scores([scores(np.array([0.0, 1.0])), scores(np.array([1.0, 1.0]))])
    assert means["test/ndcg@10"].values.tolist() == [0.5, 1.0]


def test_markdown_is_a_table_with_the_best_in_bold(runs: list[str]) -> None:
    lines = markdown(page_of(runs, "test/ndcg@10")).splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert [cell.strip() for cell in table[0].strip("|").split("|")] == ["metric", "sasrec", "mclrec", "cl4srec"]
    mean, deviation = np.mean(BETTER), np.std(BETTER, ddof=1)
    assert f"**{mean:.4f}** ± {deviation:.4f}{OVER_SEEDS}" in table[2]
    assert len({len(line) for line in table[:3]}) == 1
    assert "## beauty" in lines
    assert "Ranked." in lines


def test_odd_names_stay_text() -> None:
    odd = "[1] a|b\\ <b>*c*_d_ `x`\nmacro_f1 p < 0.05"
    page = Page((Sheet(odd, ("metric", odd), ((Cell(odd), Cell("1")),), odd, (odd,)),), (), (odd,))
    escaped = r"\[1] a\|b\\ \<b>\*c\*\_d\_ \`x\` macro_f1 p < 0.05"
    lines = [line for line in markdown(page).splitlines() if line and "---" not in line]
    assert lines[:2] == [f"## {escaped}", f"{escaped}."]
    assert [escaped in line for line in lines] == [True] * 6
    rows = [line.strip() for line in latex(page).splitlines() if line.endswith("\\\\")]
    assert len(rows) == 2  # no name breaks a row
    assert rows[1].startswith(r"{[}1] a|b\textbackslash{} $<$b$>$*c*\_d\_ `x` macro\_f1 p $<$ 0.05 & 1")


def test_latex_is_a_booktabs_table(tmp_path: Path) -> None:
    cells = (Cell("classification/20/macro_f1 ↑"), Cell("0.9000", "0.0100", True, "†"), Cell("-0.1", "", False, ""))
    sheet = Sheet("a_b", ("metric", "x & y", "50%"), (cells,), "How", ("note 1\nof 2",))
    text = latex(Page((sheet,), (), ("of the page",)))
    assert r"classification/20/macro\_f1 $\uparrow$ & \textbf{0.9000} {\scriptsize $\pm$ 0.0100}$^{\dagger}$" in text
    assert r"& $-$0.1 \\" in text
    assert r"metric & x \& y & 50\% \\" in text
    assert r"\begin{tabular}{lrr}" in text
    assert r"\caption{a\_b. How.}" in text
    assert "% note 1 of 2\n" in text
    assert text.count("{") == text.count("}")
    for part in ("toprule", "midrule", "bottomrule"):
        assert text.count(f"\\{part}") == 1


def test_csv_holds_every_number_in_full(runs: list[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(comma_separated(page_of(runs)))))
    assert len(rows) == 3 * 3
    (best,) = (row for row in rows if row["metric"] == "test/ndcg@10" and row["best"] == "True")
    assert best["run"] == "mclrec"
    assert float(best["mean"]) == pytest.approx(np.mean(BETTER), rel=1e-15)
    assert float(best["t_p_holm"]) == pytest.approx(2 * float(best["t_p"]))
    assert (best["seeds"], best["paired_seeds"], best["units_p"]) == ("0 1 2 3", "4", "")
