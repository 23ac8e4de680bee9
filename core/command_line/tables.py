"""What the command line prints: aligned tables, and lines that a path survives."""

from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.table import Table

from core.report.numbers import metric_rows


def say(console: Console, text: str, style: str | None = None) -> None:
    """Print a line as it is: a path with brackets is no markup, and a long one is not broken."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


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
