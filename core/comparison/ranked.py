"""The page of a leaderboard: a table for each contest, its entries from the best to the worst."""

from core.comparison.compared import value_cell
from core.comparison.contests import Contest, gaps
from core.comparison.metric_kinds import Better, better_end, default_metrics
from core.comparison.sheet import Cell, Record, Sheet
from core.report.numbers import STD, is_cost

_MOST_OTHERS = 2
"""Further metrics that are shown beside the one that counts."""


def rank_contest(contest: Contest, metric: str, end: Better) -> tuple[Sheet, list[Record]]:
    """Return a contest's sheet and records, sorted by a metric whose better end is `end`.

    Entries without the metric are named below the table.
    """
    found = {index: one.metrics.get(metric) for index, one in enumerate(contest.entries)}
    values = {index: value for index, value in found.items() if value is not None}
    order = sorted(values, key=lambda index: -values[index] if end == "higher" else values[index])
    others = _others(contest, metric)
    rows = [
        (
            Cell(str(place)),
            Cell(contest.labels[index]),
            Cell(str(len(contest.entries[index].runs))),
            *(
                value_cell(contest.entries[index].metrics, name, is_best=name == metric and place == 1 < len(order))
                for name in (metric, *others)
            ),
        )
        for place, index in enumerate(order, start=1)
    ]
    lacking = [str(one.folder) for index, one in enumerate(contest.entries) if index not in values]
    notes = [
        f"by {metric}, {end} is better; mean ± sample standard deviation over seeds; places that lie within the "
        "deviation may be chance, which compare tests",
        *(f"{place}: {contest.entries[index].where}" for place, index in enumerate(order, start=1)),
        *gaps(contest, [metric, *others]),
        *contest.notes,
        *([f"without {metric}: {', '.join(lacking)}"] if lacking else []),
    ]
    header = ("", "run", "seeds", metric, *others)
    return Sheet(contest.dataset, header, tuple(rows), contest.protocol, tuple(notes), texts=2), [
        _record(contest, metric, index, place) for place, index in enumerate(order, start=1)
    ]


def _others(contest: Contest, metric: str) -> list[str]:
    names = default_metrics({name for entry in contest.entries for name in entry.metrics})
    kind = metric.rpartition("/")[2]
    results = [name for name in names if name != metric and not is_cost(name)]
    # Another score of the same list or split tells more than the same score of another.
    beside = [name for name in results if name.rpartition("/")[0] == metric.rpartition("/")[0]]
    alike = [name for name in beside if kind.partition("@")[2] == name.partition("@")[2]]
    chosen = dict.fromkeys([*alike, *beside, *results][:_MOST_OTHERS])
    return [*chosen, *(name for name in names if name == "time/train_s" != metric)]


def _record(contest: Contest, metric: str, index: int, place: int) -> Record:
    entry = contest.entries[index]
    return {
        "dataset": contest.dataset,
        "protocol": contest.protocol,
        "place": place,
        "run": contest.labels[index],
        "folder": str(entry.folder),
        "seeds": " ".join(str(seed) for seed in entry.seeds),
        "metric": metric,
        "better": better_end(metric),
        "mean": entry.metrics.get(metric),
        "std": entry.metrics.get(metric + STD),
    }
