"""Metrics as people read them: grouped by name, a value with its standard deviation, aligned."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STD = "_std"
CUTOFF = "@"
_CUTOFF_SHOWN = 10


@dataclass(frozen=True)
class MetricRow:
    """A line of a metrics table; `group` is the first part of the name ("classification")."""

    group: str
    name: str
    value: str
    deviation: str


@dataclass(frozen=True)
class CutoffTable:
    """Metrics that are measured at several lengths of a list (hr@5, hr@10, ...): a row each, a column a length."""

    cutoffs: tuple[int, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def cutoff_table(metrics: Mapping[str, float | None]) -> CutoffTable | None:
    """Return the metrics named `<name>@<k>` as a table, deviations beside the values; None where there is none."""
    found: dict[str, dict[int, str]] = {}
    for name in metrics:
        stem, _, cutoff = name.partition(CUTOFF)
        if not cutoff.isdecimal():
            continue
        found.setdefault(stem, {})[int(cutoff)] = with_deviation(metrics, name)
    if not found:
        return None
    cutoffs = tuple(sorted({cutoff for row in found.values() for cutoff in row}))
    rows = tuple(
        (stem, tuple(found[stem].get(cutoff, "") for cutoff in cutoffs)) for stem in sorted(found, key=natural_order)
    )
    return CutoffTable(cutoffs, rows)


def metric_rows(metrics: Mapping[str, float | None]) -> list[MetricRow]:
    """Return one row a metric, its `<name>_std` beside it; results first, then cost, numbers by size.

    Metrics at several cutoffs have a table of their own, `cutoff_table`.

    A metric that could not be computed (None) reads "n/a".
    """
    names = [name for name in metrics if not is_deviation(name, metrics) and CUTOFF not in name]
    rows = []
    for name in sorted(names, key=lambda name: (is_cost(name), natural_order(name))):
        deviation = metrics.get(name + STD)
        shown = "" if deviation is None else f"± {format_number(deviation, like=metrics[name])}"
        rows.append(MetricRow(_group(name), name, format_number(metrics[name]), shown))
    return rows


def at_one_cutoff(names: Sequence[str]) -> list[str]:
    """Keep one of the names that differ in their cutoff alone: hr@10 of hr@5, hr@10 and hr@20, or else the first."""
    kept: dict[str, str] = {}
    for name in names:
        stem, _, cutoff = name.partition(CUTOFF)
        if stem not in kept or int(cutoff or 0) == _CUTOFF_SHOWN:
            kept[stem] = name
    return list(kept.values())


def is_deviation(name: str, metrics: Mapping[str, float | None]) -> bool:
    """Return whether `name` is the standard deviation of another metric."""
    return name.endswith(STD) and name.removesuffix(STD) in metrics


def is_cost(name: str) -> bool:
    """Return whether a metric says what training took, not what came of it."""
    return name.startswith(("time/", "memory/")) or name == "epochs"


def with_deviation(metrics: Mapping[str, float | None], name: str) -> str:
    """Return a metric as text, with its deviation where it has one.

    >>> with_deviation({"hr@10": 0.5, "hr@10_std": 0.01}, "hr@10")
    '0.5000 ± 0.0100'
    """
    deviation = metrics.get(name + STD)
    spread = "" if deviation is None else f" ± {format_number(deviation, like=metrics[name])}"
    return format_number(metrics[name]) + spread


def format_number(value: float | None, like: float | None = None) -> str:
    """Return a number with digits that suit its size, or the size of `like`."""
    if value is None:
        return "n/a"
    size = abs(value if like is None else like)
    if isinstance(value, int) and like is None:
        return str(value)
    return f"{value:.4f}" if size < 10 else f"{value:.1f}"


def natural_order(name: str) -> tuple[object, ...]:
    """Sort by folder, then name, numbers by size: test/hr, test/length_6-10/hr, test/length_11-20/hr, valid/hr."""
    folder, _, last = name.rpartition("/")
    parts = re.split(r"(\d+)", folder)
    return (*((int(part), "") if part.isdecimal() else (-1, part) for part in parts), (-2, last))


def _group(name: str) -> str:
    return "cost" if is_cost(name) else name.partition("/")[0]
