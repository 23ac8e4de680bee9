"""What the command line prints: aligned tables, and lines that a path survives."""

from collections.abc import Mapping

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table

from core.report.numbers import cutoff_table, metric_rows


def say(console: Console, text: str, style: str | None = None) -> None:
    """Print a line as it is: a path with brackets is no markup, and a long one is not broken."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def metrics_table(title: str, metrics: Mapping[str, float | None], deviation: str) -> RenderableType:
    """Return metrics with their deviations; `deviation` says over what the deviation is.

    Metrics at several cutoffs (hr@5, hr@10, ...) come first, a row each.
    """
    ranking = cutoff_table(metrics)
    table = Table(title=None if ranking else title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("metric", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column(f"± std {deviation}", no_wrap=True)
    group = None
    for row in metric_rows(metrics):
        if group is not None and row.group != group:
            table.add_section()
        group = row.group
        table.add_row(row.name, row.value, row.deviation)
    if ranking is None:
        return table
    lists = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    lists.add_column("metric", no_wrap=True)
    for cutoff in ranking.cutoffs:
        lists.add_column(f"@{cutoff}", justify="right", no_wrap=True)
    group = None
    for name, values in ranking.rows:
        if group is not None and name.rpartition("/")[0] != group:
            lists.add_section()
        group = name.rpartition("/")[0]
        lists.add_row(name, *values)
    return Group(lists, table)


def name_table(title: str, *columns: str) -> Table:
    """Return an empty table whose first column is a name."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0)
    return table
