"""What the command line prints: aligned tables, and lines that a path survives."""

from collections.abc import Iterable, Mapping

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from core.comparison.formats import plain_cell
from core.comparison.sheet import Cell, Sheet
from core.report.numbers import cutoff_table, metric_rows


def say(console: Console, text: str, style: str | None = None) -> None:
    """Print a line as it is: a path with brackets is no markup, and a long one is not broken."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def print_metrics(
    console: Console, title: str, protocol: str, metrics: Mapping[str, float | None], deviation: str
) -> None:
    """Print metrics with their deviations; `deviation` says over what the deviation is.

    Under the title stands `protocol`, how the figures are made. Metrics at several cutoffs (hr@5, hr@10, ...) come
    first, a row each.
    """
    say(console, title, style="bold")
    if protocol:
        say(console, protocol, style="dim")
    ranking = cutoff_table(metrics)
    if ranking is not None:
        lists = Table(box=box.SIMPLE_HEAD)
        lists.add_column("metric", no_wrap=True)
        for cutoff in ranking.cutoffs:
            lists.add_column(f"@{cutoff}", justify="right", no_wrap=True)
        group = None
        for name, values in ranking.rows:
            if group is not None and name.rpartition("/")[0] != group:
                lists.add_section()
            group = name.rpartition("/")[0]
            lists.add_row(name, *values)
        console.print(lists)
    console.print(_rows_table(metrics, deviation))


def _rows_table(metrics: Mapping[str, float | None], deviation: str) -> Table:
    rows = metric_rows(metrics)
    deviations = any(row.deviation for row in rows)
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("metric", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    if deviations:
        table.add_column(f"± std {deviation}", no_wrap=True)
    group = None
    for row in rows:
        if group is not None and row.group != group:
            table.add_section()
        group = row.group
        table.add_row(row.name, row.value, *([row.deviation] if deviations else []))
    return table


def name_table(title: str, *columns: str) -> Table:
    """Return an empty table whose first column is a name."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0)
    return table


def print_ids(console: Console, title: str, columns: tuple[str, str], rows: Iterable[tuple[str, float]]) -> None:
    """Print raw ids, each with a number; an id that is too long for the screen goes on in the next line, whole."""
    say(console, title, style="bold")  # as the table's own it would be broken
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(columns[0], overflow="fold")
    table.add_column(columns[1], justify="right", no_wrap=True)
    for name, number in rows:
        table.add_row(Text(name), f"{number:.4f}")  # an id is no markup
    console.print(table)


def print_sheet(console: Console, sheet: Sheet) -> None:
    """Print a sheet; the best numbers are bold on a screen, and stand between asterisks in a file.

    On a narrow screen texts go on in the next line; numbers are never cut.
    """
    say(console, sheet.title, style="bold")
    if sheet.lead:
        say(console, sheet.lead, style="dim")
    table = Table(box=box.SIMPLE_HEAD)
    shown = [[_sheet_cell(cell, bold=console.is_terminal) for cell in row] for row in sheet.rows]
    for index, name in enumerate(sheet.header):
        if index < sheet.texts:
            table.add_column(Text(name), overflow="fold")
        else:
            widest = max((row[index].cell_len for row in shown), default=0)
            table.add_column(_broken(name, widest), justify="right", min_width=widest, overflow="fold")
    for row in shown:
        table.add_row(*row)
    needed = Measurement.get(console, console.options, table).minimum
    console.print(table, width=max(console.width, needed), soft_wrap=True)
    for note in sheet.notes:
        say(console, note, style="dim")
    say(console, "")


def _broken(name: str, width: int) -> Text:
    """Return a metric's name as a heading of two lines if its column is narrower."""
    folder, slash, last = name.rpartition("/")
    return Text(f"{folder}{slash}\n{last}" if slash and len(name) > width else name)


def _sheet_cell(cell: Cell, *, bold: bool) -> Text:
    if not bold:
        return Text(plain_cell(cell))
    spread = f" ± {cell.spread}" if cell.spread else ""
    return Text.assemble((cell.text, "bold" if cell.is_best else ""), f"{spread}{cell.marks}")
