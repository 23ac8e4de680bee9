"""A single table, or a file of users' lines, as an interaction log."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from datasets.assembly import sequences_from_file
from datasets.description import LINES, FileSequences, Table
from datasets.inference.log_columns import LogColumns, find_log_columns
from datasets.inference.profiles import TableProfile, profile_table
from datasets.inference.writing import log_yaml
from datasets.inspection.findings import FactTable, Inspection, counted, percent, plural
from datasets.inspection.log_facts import CORE, core_size, length_facts, log_warnings, size_facts
from datasets.inspection.wishes import LogWishes, refuse, relative_to
from datasets.readers.table import open_table, try_numbers
from datasets.sequences import SequenceDataset


def inspect_log_file(path: Path, wishes: LogWishes, beside: Path) -> Inspection:
    """Return what a file says as an interaction log, and its description, to lie in the folder `beside`.

    Raises UserError where no column looks like a user or an item, and for what cannot be read.
    """
    if path.suffix.lower() in LINES:
        refuse(wishes, str(path), "a file of users' lines")
        description = FileSequences(kind="sequence", file=path.name)
        log = sequences_from_file(path.stem, description, path.parent)
        return _inspection(path, log, [], [], log_yaml(relative_to(beside, path), []))
    table = profile_table(path)
    columns = find_log_columns(table, wishes.user, wishes.item, wishes.time)
    gaps = _gaps(table, columns)
    layout = Table(
        user=columns.user,
        item=columns.item,
        time=columns.time,
        separator=table.separator,
        missing="drop" if gaps else "refuse",
    )
    description = FileSequences(kind="sequence", file=path.name, table=layout)
    log = sequences_from_file(path.stem, description, path.parent)
    lines: list[tuple[str, object, str]] = [("user", columns.user, ""), ("item", columns.item, "")]
    lines.append(("time", columns.time, "" if columns.time else "the rows of a user are in time order"))
    if table.separator is not None:
        lines.append(("separator", table.separator, ""))
    if gaps:
        lines.append(("missing", "drop", "rows without a user, an item or a time are left out"))
    lines.append(("min_interactions", 1, f"{CORE} keeps users and items with that many; {core_size(log)}"))
    lines.append(("duplicates", "keep", "drop keeps the first interaction of a user with an item"))
    facts = [_columns(table, columns)]
    warnings = [*gaps, *_order(path, table, columns)]
    return _inspection(path, log, facts, warnings, log_yaml(relative_to(beside, path), lines))


def _inspection(path: Path, log: SequenceDataset, facts: list[FactTable], warnings: list[str], text: str) -> Inspection:
    tables = [*facts, size_facts(log), length_facts(log)]
    warnings += log_warnings(log, may_lack_times=path.suffix.lower() in LINES)
    return Inspection(f"{path}: an interaction log", tables, warnings, [core_size(log)], text)


def _columns(table: TableProfile, columns: LogColumns) -> FactTable:
    roles = {columns.user: "user", columns.item: "item", columns.time: "time"}
    rows = [
        (column.name, roles.get(column.name, "-"), counted(len(column.values)), percent(column.missing / column.rows))
        for column in table.columns.values()
    ]
    return FactTable(
        f"Columns of {counted(table.rows)} rows", ("column", "taken as", "distinct", "missing"), rows, (2, 3)
    )


def _gaps(table: TableProfile, columns: LogColumns) -> list[str]:
    """Return a warning for every column of the three that has gaps."""
    found = []
    for role, name in (("user", columns.user), ("item", columns.item), ("time", columns.time)):
        missing = table.columns[name].missing if name is not None else 0
        if missing:
            found.append(f"{plural(missing, 'row')} without {role} in column {name}; left out by missing: drop")
    return found


def _order(path: Path, table: TableProfile, columns: LogColumns) -> Iterator[str]:
    """Yield what the order of the rows says: sorted by time, or not."""
    if columns.time is None:
        return
    times, _ = try_numbers(open_table(path, table.separator, table.header).columns([columns.time])[0])
    known = times[~np.isnan(times)]
    if (np.diff(known) < 0).any():
        yield f"the rows are not in the order of {columns.time}; every user's are put in order by it"
