"""What the command line prints: aligned tables."""

from collections.abc import Mapping

from rich import box
from rich.table import Table

from core.report.numbers import metric_rows


def metrics_table(title: str, metrics: Mapping[str, float | None], deviation: str) -> Table:
    """Return metrics with their deviations; `deviation` says over what the deviation is."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("metric", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column(f"± std {deviation}", no_wrap=True)
    group = None
    for row in metric_rows(metrics):
        if group is not None and row.group != group:
            table.add_section()
        group = row.group
        table.add_row(row.name, row.value, row.deviation)
    return table


def name_table(title: str, *columns: str) -> Table:
    """Return an empty table whose first column is a name."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0)
    return table
