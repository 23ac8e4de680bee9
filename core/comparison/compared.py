"""The page of a comparison: for each contest a table of metrics and runs, and one of tests against the baseline."""

from collections.abc import Mapping, Sequence

from core.comparison.contests import Contest, gaps
from core.comparison.metric_kinds import better_end
from core.comparison.paired_tests import LEVEL, Chance, PairedTest, Scores, paired_tests
from core.comparison.sheet import Cell, Record, Sheet
from core.comparison.significance import FEWEST_SEEDS, RESAMPLES, smallest_wilcoxon_p
from core.report.numbers import STD, format_number, is_cost

OVER_SEEDS, OVER_UNITS = "†", "‡"
"""Marks of what differs significantly from the baseline, over seeds and over users or nodes."""

_ARROWS = {"higher": " ↑", "lower": " ↓", None: ""}


def compare_contest(
    contest: Contest, metrics: Sequence[str], baseline: int, scores: Sequence[Scores] | None = None
) -> tuple[list[Sheet], list[Record]]:
    """Return a contest's sheets and records; `scores`, of each entry's units, are tested as well."""
    tested = [name for name in metrics if better_end(name) and not is_cost(name)]
    tests = paired_tests(contest, baseline, tested, scores) if len(contest.entries) > 1 else []
    by_place = {(test.metric, test.entry): test for test in tests}
    best = {name: best_entries(contest, name) for name in metrics}
    rows = tuple(
        (Cell(name + _ARROWS[better_end(name)]), *_cells(contest, name, best[name], by_place)) for name in metrics
    )
    read_as = _read_as(contest, metrics, tests, _units(scores))
    made_of = [f"{label}: {entry.where}" for label, entry in zip(contest.labels, contest.entries, strict=True)]
    notes = (read_as, *made_of, *gaps(contest, metrics), *contest.notes)
    sheets = [Sheet(contest.dataset, ("metric", *contest.labels), rows, contest.protocol, notes)]
    if tests:
        sheets.append(_test_sheet(contest, baseline, tests, scores))
    records = [
        _record(contest, baseline, name, index, index in best[name], by_place.get((name, index)))
        for name in metrics
        for index in range(len(contest.entries))
    ]
    return sheets, records


def best_entries(contest: Contest, metric: str) -> set[int]:
    """Return the entries whose value, as it is shown, is the best; none where nothing competes."""
    values = {
        index: value for index, one in enumerate(contest.entries) if (value := one.metrics.get(metric)) is not None
    }
    end = better_end(metric)
    if end is None or len(values) < 2:
        return set()
    best = (max if end == "higher" else min)(values.values())
    return {index for index, value in values.items() if shown(metric, value) == shown(metric, best)}


def shown(metric: str, value: float | None) -> str:
    """Return a metric's value as a table shows it; a dash where there is none."""
    return "-" if value is None else _digits(metric, value, value)


def value_cell(metrics: Mapping[str, float | None], metric: str, *, is_best: bool = False, marks: str = "") -> Cell:
    """Return the cell of a metric's mean, with the deviation over seeds where there is one."""
    value, deviation = metrics.get(metric), metrics.get(metric + STD)
    spread = "" if value is None or deviation is None else _digits(metric, deviation, value)
    return Cell(shown(metric, value), spread, is_best, marks)


def _digits(metric: str, number: float, like: float) -> str:
    return f"{number:.1f}".removesuffix(".0") if metric == "epochs" else format_number(float(number), like=like)


def _cells(contest: Contest, metric: str, best: set[int], tests: dict[tuple[str, int], PairedTest]) -> list[Cell]:
    cells = []
    for index, entry in enumerate(contest.entries):
        test, marks = tests.get((metric, index)), ""
        if test is not None:
            marks += OVER_SEEDS if test.t.is_significant else ""
            marks += OVER_UNITS if test.over_units.is_significant else ""
        cells.append(value_cell(entry.metrics, metric, is_best=index in best, marks=marks))
    return cells


def _read_as(contest: Contest, metrics: Sequence[str], tests: Sequence[PairedTest], units: str) -> str:
    several = any(len(entry.runs) > 1 for entry in contest.entries)
    parts = ["mean ± sample standard deviation over seeds" if several else "one seed each"]
    if any(best_entries(contest, name) for name in metrics):
        parts.append("the best of a row stands out")
    if any(test.t.is_significant for test in tests):
        parts.append(f"{OVER_SEEDS} differs from the baseline over seeds (t-test, corrected p < {LEVEL})")
    if any(test.over_units.is_significant for test in tests):
        parts.append(f"{OVER_UNITS} differs from the baseline over {units} (sign flips, corrected p < {LEVEL})")
    return "; ".join(parts)


def _test_sheet(contest: Contest, baseline: int, tests: Sequence[PairedTest], scores: Sequence[Scores] | None) -> Sheet:
    kinds = {
        "t-test over seeds": [test.t for test in tests],
        "Wilcoxon over seeds": [test.wilcoxon for test in tests],
        f"sign flips over {_units(scores)}": [test.over_units for test in tests],
    }
    made = {name: chances for name, chances in kinds.items() if any(one.p is not None for one in chances)}
    rows = [
        (
            Cell(test.metric),
            Cell(contest.labels[test.entry]),
            Cell("-" if test.difference is None else f"{test.difference:+.4f}"),
            *(_chance(chances[index]) for chances in made.values()),
        )
        for index, test in enumerate(tests)
    ]
    notes = [*_about_seeds(tests, contest, baseline), *_about_units(tests, _units(scores))]
    if made:
        counts = {sum(one.p is not None for one in chances) for chances in made.values()}
        notes.append(
            f"in brackets: Holm's correction over the {' or '.join(map(str, sorted(counts)))} tests of a column; "
            "fewer --metrics are corrected less"
        )
    header = ("metric", "run", "difference", *(f"{name}: p (Holm)" for name in made))
    title = f"{contest.dataset}: against {contest.labels[baseline]}"
    return Sheet(title, header, tuple(rows), notes=tuple(notes), texts=2)


def _about_seeds(tests: Sequence[PairedTest], contest: Contest, baseline: int) -> list[str]:
    counts = sorted({len(test.seeds) for test in tests})
    if counts[-1] < FEWEST_SEEDS:
        return [
            f"too few seeds for any test over them: {counts[-1]} in common, {FEWEST_SEEDS} or more are needed "
            "(and 6 for Wilcoxon's to reach 0.05)"
        ]
    said = f"over seeds, runs are paired by their seed: {' to '.join(str(count) for count in {counts[0], counts[-1]})}"
    said += " pairs. "
    smallest = smallest_wilcoxon_p(counts[-1])
    if smallest >= LEVEL:
        said += f"With so few, Wilcoxon's p cannot come below {smallest:g}, and the t-test "
    else:
        said += "The t-test "
    said += "takes the differences as normal, which few seeds cannot show"
    notes = [said]
    if any(set(test.seeds) != {*contest.entries[at].seeds} for test in tests for at in (test.entry, baseline)):
        notes.append("a difference is that of the means over all seeds of each run, tested are the seeds in common")
    if any(len(test.seeds) >= FEWEST_SEEDS and test.t.p is None for test in tests):
        notes.append("no t-test where the difference is the same under every seed")
    return notes


def _about_units(tests: Sequence[PairedTest], units: str) -> list[str]:
    counts = sorted({test.units for test in tests if test.units})
    if not counts:
        return []
    paired = " to ".join(str(count) for count in dict.fromkeys((counts[0], counts[-1])))
    return [
        f"over {units}, {paired} of them, each one's score is its mean over the run's seeds; {RESAMPLES} random "
        f"sign flips of the differences, which takes {units} as independent. It asks whether other {units} would show "
        "the difference, the tests over seeds whether another training would"
    ]


def _units(scores: Sequence[Scores] | None) -> str:
    return next((f"{one.unit}s" for its in scores or () for one in its.values()), "users or nodes")


def _chance(chance: Chance) -> Cell:
    if chance.p is None or chance.corrected is None:
        return Cell("-")
    return Cell(f"{_probability(chance.p)} ({_probability(chance.corrected)})")


def _probability(p: float) -> str:
    return f"{p:.4f}" if p >= 0.0001 else "<0.0001"


def _record(contest: Contest, baseline: int, metric: str, index: int, is_best: bool, test: PairedTest | None) -> Record:
    entry = contest.entries[index]
    return {
        "dataset": contest.dataset,
        "protocol": contest.protocol,
        "metric": metric,
        "better": better_end(metric),
        "run": contest.labels[index],
        "folder": str(entry.folder),
        "seeds": " ".join(str(seed) for seed in entry.seeds),
        "mean": entry.metrics.get(metric),
        "std": entry.metrics.get(metric + STD),
        "best": is_best,
        "baseline": contest.labels[baseline],
        "difference": test and test.difference,
        "paired_seeds": test and len(test.seeds),
        "t_p": test and test.t.p,
        "t_p_holm": test and test.t.corrected,
        "wilcoxon_p": test and test.wilcoxon.p,
        "wilcoxon_p_holm": test and test.wilcoxon.corrected,
        "paired_units": test.units if test and test.units else None,
        "units_p": test and test.over_units.p,
        "units_p_holm": test and test.over_units.corrected,
    }
