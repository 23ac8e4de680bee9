"""Metrics as people read them: grouped by name, a value with its standard deviation, aligned."""

from collections.abc import Mapping
from dataclasses import dataclass

STD = "_std"


@dataclass(frozen=True)
class MetricRow:
    """A line of a metrics table; `group` is the first part of the name ("classification")."""

    group: str
    name: str
    value: str
    deviation: str


def metric_rows(metrics: Mapping[str, float | None]) -> list[MetricRow]:
    """Return one row a metric, its `<name>_std` beside it; results first, then cost.

    A metric that could not be computed (None) reads "n/a".
    """
    names = [name for name in metrics if not is_deviation(name, metrics)]
    rows = []
    for name in sorted(names, key=lambda name: (_is_cost(name), name)):
        deviation = metrics.get(name + STD)
        shown = "" if deviation is None else f"± {format_number(deviation, like=metrics[name])}"
        rows.append(MetricRow(_group(name), name, format_number(metrics[name]), shown))
    return rows


def is_deviation(name: str, metrics: Mapping[str, float | None]) -> bool:
    """Return whether `name` is the standard deviation of another metric."""
    return name.endswith(STD) and name.removesuffix(STD) in metrics


def format_number(value: float | None, like: float | None = None) -> str:
    """Return a number with digits that suit its size, or the size of `like`."""
    if value is None:
        return "n/a"
    size = abs(value if like is None else like)
    if isinstance(value, int) and like is None:
        return str(value)
    return f"{value:.4f}" if size < 10 else f"{value:.1f}"


def _group(name: str) -> str:
    return "cost" if _is_cost(name) else name.partition("/")[0]


def _is_cost(name: str) -> bool:
    return name.startswith(("time/", "memory/")) or name == "epochs"
