"""A sheet with a row for each entry and a column for each metric: for many entries and few metrics."""

from collections.abc import Sequence

from core.comparison.compared import best_entries, value_cell
from core.comparison.contests import Contest, gaps
from core.comparison.metric_kinds import better_end
from core.comparison.sheet import Cell, Record, Sheet
from core.report.numbers import STD


def entry_rows(contest: Contest, metrics: Sequence[str], what: str, *, lead: str = "") -> tuple[Sheet, list[Record]]:
    """Return the sheet and the same as records; `what` is the heading of the entries' column."""
    best = {name: found for name in metrics if len(found := best_entries(contest, name)) < len(contest.entries)}
    rows = tuple(
        (
            Cell(label),
            *(value_cell(entry.metrics, name, is_best=index in best.get(name, ())) for name in metrics),
            Cell(str(len(entry.runs))),
        )
        for index, (label, entry) in enumerate(zip(contest.labels, contest.entries, strict=True))
    )
    several = any(len(entry.runs) > 1 for entry in contest.entries)
    made = "mean ± sample standard deviation over seeds" if several else "one seed each"
    notes = (f"{made}; the best of a column stands out", *gaps(contest, metrics), *contest.notes)
    records: list[Record] = [
        {
            "dataset": contest.dataset,
            what: label,
            "folder": str(entry.folder),
            "seeds": " ".join(str(seed) for seed in entry.seeds),
            "metric": name,
            "better": better_end(name),
            "mean": entry.metrics.get(name),
            "std": entry.metrics.get(name + STD),
        }
        for label, entry in zip(contest.labels, contest.entries, strict=True)
        for name in metrics
    ]
    return Sheet(contest.dataset, (what, *metrics, "seeds"), rows, lead or contest.protocol, notes), records
