"""`leaderboard`: every finished run below a folder, the best first."""

from pathlib import Path

from core.comparison.contests import make_contests, only
from core.comparison.entries import Found, find_runs, gather, name_unfinished, read_run
from core.comparison.metric_kinds import better_end, default_metrics, headline_metric, unknown_metric
from core.comparison.ranked import rank_contest
from core.comparison.sheet import Page
from core.errors import UserError


def rank_runs(folder: Path, dataset: str | None = None, metric: str | None = None) -> Page:
    """Return the page of all finished runs below `folder`, a table for each data set and way of evaluation.

    Without a metric, each table goes by its headline metric. What is not finished, or cannot be read, is named.

    Raises:
        UserError: when there is no finished run, none on the data set, none with the metric, or when it is not known
            which end of the metric is better.
    """
    found: dict[Path, Found] = {}
    notes = []
    for path in find_runs(folder):
        try:
            found[path] = read_run(path)
        except UserError as error:
            notes.append(f"left out: {error}")
    notes += name_unfinished(found.values())
    contests = make_contests(gather((path, run.finished, None) for path, run in found.items()))
    if not contests:
        raise UserError("; ".join([f"{folder}: there is no finished run below it", *notes]))
    if dataset is not None:
        contests = only(contests, dataset)
    if metric is not None:
        _check(metric, {name for one in contests for entry in one.entries for name in entry.metrics})
    sheets, records = [], []
    for contest in contests:
        names = {name for entry in contest.entries for name in entry.metrics}
        chosen = headline_metric(names) if metric is None else metric if metric in names else None
        end = better_end(chosen) if chosen else None
        if chosen is None or end is None:
            notes.append(f"{contest.dataset}: no run has {metric or 'a metric whose better end is known'}")
            continue
        sheet, its_records = rank_contest(contest, chosen, end)
        sheets.append(sheet)
        records += its_records
    return Page(tuple(sheets), tuple(records), tuple(notes))


def _check(metric: str, names: set[str]) -> None:
    if metric not in names:
        raise unknown_metric(metric, names)
    if better_end(metric) is None:
        known = [name for name in default_metrics(names) if better_end(name)]
        raise UserError(f"which end of {metric} is better is not known; sort by one of: {', '.join(known)}")
