"""`compare`: runs beside each other, their means over seeds, and whether the differences may be chance."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core.comparison.compared import compare_contest
from core.comparison.contests import Contest, make_contests, why_apart
from core.comparison.entries import Entry, Found, SeedRun, gather, name_unfinished, read_run
from core.comparison.metric_kinds import choose_metrics, default_metrics, fits
from core.comparison.paired_tests import Scores
from core.comparison.sheet import Page
from core.errors import UserError

ScoreReader = Callable[[Contest], tuple[Sequence[Scores], Sequence[str]]]
"""Finds out the scores of every entry's users or nodes, and what there is to say about them."""


def read_entries(arguments: Sequence[str], baseline: str | None = None) -> tuple[list[Entry], list[str]]:
    """Return the entries that `RUN` or `NAME=RUN` arguments name, and notes on what is left out of them.

    `baseline` is one of them, or one more, which comes first.

    Raises:
        UserError: for what is not a run, a run without a finished seed, and one given twice.
    """
    named = [_parse(argument) for argument in arguments]
    if baseline is not None and not any(_is_meant(name, path, baseline) for name, path in named):
        named.insert(0, _parse(baseline))
        if not named[0][1].is_dir():
            raise UserError(f"--baseline {baseline}: there is no such run folder, nor is a run given under this name")
    found: list[tuple[Path, Sequence[SeedRun], str | None]] = []
    left_out: list[Found] = []
    seen: set[Path] = set()
    for name, path in named:
        run = read_run(path)
        if not run.finished:
            raise UserError(f"{path}: the run is not finished; go on with: python run.py --resume {path}")
        for one in run.finished:
            if one.path.resolve() in seen:
                raise UserError(f"{one.path} is given twice, once perhaps by its folder of seeds")
            seen.add(one.path.resolve())
        left_out.append(run)
        found.append((path, run.finished, name))
    return gather(found), name_unfinished(left_out)


def compare_entries(
    entries: Sequence[Entry],
    patterns: Sequence[str] = (),
    notes: Sequence[str] = (),
    *,
    baseline: str | None = None,
    scores: ScoreReader | None = None,
    titles: Mapping[Path, str] | None = None,
) -> Page:
    """Return the page that compares entries, a table for each data set and way of evaluation.

    Args:
        patterns: names of metrics, `*` for anything; without any, `default_metrics`.
        notes: what to say besides.
        baseline: path or label of the entry that the others are tested against; the first where there is none.
        titles: what to call the data of an entry, by its folder, instead of their own name.
    """
    own = titles or {}
    contests = [replace(one, dataset=own.get(one.entries[0].folder, one.dataset)) for one in make_contests(entries)]
    if patterns:  # that a contest lacks a metric is no mistake, that all do is
        choose_metrics(patterns, {name for entry in entries for name in entry.metrics})
    sheets, records, remarks = [], [], [*filter(None, [why_apart(contests)]), *notes]
    for contest, chosen in zip(contests, baseline_places(contests, baseline), strict=True):
        names = {name for entry in contest.entries for name in entry.metrics}
        fitting = [pattern for pattern in patterns if fits(pattern, names)]
        if patterns and not fitting:
            remarks.append(f"{contest.dataset}: no run has {', '.join(patterns)}")
            continue
        place = chosen or 0
        if baseline is not None and chosen is None and len(contest.entries) > 1:
            remarks.append(f"{contest.dataset}: there is no {baseline}, the others are against {contest.labels[place]}")
        metrics = choose_metrics(fitting, names) if fitting else default_metrics(names)
        measured = None
        if scores is not None and len(contest.entries) > 1:
            measured, said = scores(contest)
            remarks += said
        its_sheets, its_records = compare_contest(contest, metrics, place, measured)
        sheets += its_sheets
        records += its_records
    return Page(tuple(sheets), tuple(records), tuple(remarks))


def baseline_places(contests: Sequence[Contest], baseline: str | None) -> list[int | None]:
    """Return, for each contest, the place of its baseline, None where it has none.

    That is the entry which `baseline` names by its path or label; in another contest, on other data, the one of the
    same label.
    """
    if baseline is None:
        return [None] * len(contests)
    places = [_place_of(contest, baseline) for contest in contests]
    labels = [one.labels[place] for one, place in zip(contests, places, strict=True) if place is not None]
    return [
        next((found for found in (place, *(one.find(label) for label in labels)) if found is not None), None)
        for one, place in zip(contests, places, strict=True)
    ]


def _place_of(contest: Contest, baseline: str) -> int | None:
    name, path = _parse(baseline)
    for index, entry in enumerate(contest.entries):
        folders = {folder.resolve() for run in entry.runs for folder in (run.path, run.path.parent)}
        if path.resolve() in folders and path.exists() and name in (None, entry.name):
            return index
    return contest.find(baseline)


def _parse(argument: str) -> tuple[str | None, Path]:
    """Split `NAME=RUN`; a path that exists as it is written is no such pair."""
    name, separator, rest = argument.partition("=")
    if separator and name and rest and not Path(argument).exists():
        return name, Path(rest)
    return None, Path(argument)


def _is_meant(name: str | None, path: Path, baseline: str) -> bool:
    return name == baseline or path.resolve() == _parse(baseline)[1].resolve()
