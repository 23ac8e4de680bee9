"""Metrics in tables by what they measure: related ones side by side, costs last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.report.numbers import (
    CUTOFF,
    STD,
    cutoff_table,
    format_number,
    is_cost,
    is_deviation,
    natural_order,
    with_deviation,
)
from core.report.table import Table

COST = "cost"
Metrics = Mapping[str, float | None]


@dataclass(frozen=True)
class MetricTables:
    """The tables of a report's results: `details` are those of parts of the data, such as groups of users."""

    main: Sequence[Table]
    details: Sequence[Table]


def metric_tables(metrics: Metrics) -> MetricTables:
    """Return every metric in one table, with its deviation.

    Names are paths. A folder's metrics at several cutoffs (test/hr@5, test/hr@10) are a row a metric and a column a
    cutoff; those of sibling folders (classification/20/auc, classification/40/auc) a row a folder; others are listed.
    """
    folders: dict[str, dict[str, float | None]] = {}
    for name, value in metrics.items():
        folder, _, last = (COST, "", name) if is_cost(name.removesuffix(STD)) else name.rpartition("/")
        folders.setdefault(folder, {})[last] = value
    costs = folders.pop(COST, {})
    ranked = [folder for folder in folders if any(CUTOFF in name for name in folders[folder])]
    main = [_ranked(folder, folders[folder]) for folder in _ordered(ranked) if "/" not in folder]
    details = [_ranked(folder, folders[folder]) for folder in _ordered(ranked) if "/" in folder]
    families: dict[str, list[str]] = {}
    for folder in _ordered(set(folders) - set(ranked)):
        families.setdefault(folder.rpartition("/")[0] or folder, []).append(folder)
    for family, members in families.items():
        if members == [family]:
            main.append(_listed(family, folders[family]))
        else:
            main.append(_crossed(family, {member: folders[member] for member in members}))
    if costs:
        main.append(_costs(costs))
    return MetricTables(main, details)


def _ordered(folders: Sequence[str] | set[str]) -> list[str]:
    """Sort folders, numbers in them by size, those of validation after the others."""
    return sorted(folders, key=lambda folder: (folder.partition("/")[0] == "valid", natural_order(f"{folder}/")))


def _ranked(folder: str, metrics: Metrics) -> Table:
    """Return a column a cutoff; what has no cutoff, such as the number of users, goes into the title."""
    found = cutoff_table(metrics)
    cutoffs = found.cutoffs if found else ()
    rows = [(name, *values) for name, values in found.rows] if found else []
    others = [name for name in sorted(metrics) if CUTOFF not in name and not is_deviation(name, metrics)]
    said = ", ".join(f"{name.replace('_', ' ')}: {_counted(metrics[name])}" for name in others)
    return Table(f"{folder} ({said})" if said else folder, ("", *(f"@{cutoff}" for cutoff in cutoffs)), rows)


def _crossed(family: str, folders: Mapping[str, Metrics]) -> Table:
    names = sorted({name for metrics in folders.values() for name in metrics if not is_deviation(name, metrics)})
    rows = [
        (folder.removeprefix(f"{family}/"), *(shown(metrics, name) for name in names))
        for folder, metrics in folders.items()
    ]
    return Table(family, ("", *names), rows)


def _listed(folder: str, metrics: Metrics) -> Table:
    names = [name for name in sorted(metrics) if not is_deviation(name, metrics)]
    return Table(folder or "results", ("", "value"), [(name, shown(metrics, name)) for name in names])


def _costs(metrics: Metrics) -> Table:
    names = [name for name in sorted(metrics) if not is_deviation(name, metrics)]
    return Table(COST, ("", "value"), [(name, _with_unit(name, shown(metrics, name))) for name in names])


def shown(metrics: Metrics, name: str) -> str:
    """Return a metric as text, with its deviation where it has one, or nothing where it was not measured."""
    return with_deviation(metrics, name) if name in metrics else ""


def _counted(value: float | None) -> str:
    """Return a number of users or the like, which a mean over seeds holds as a decimal."""
    return f"{value:,.0f}" if value is not None and float(value).is_integer() else format_number(value)


def _with_unit(name: str, text: str) -> str:
    unit = {"_s": "s", "_mb": "MiB"}.get(name[name.rfind("_") :] if "_" in name else "")
    return f"{text} {unit}" if unit and text[:1].isdigit() else text
