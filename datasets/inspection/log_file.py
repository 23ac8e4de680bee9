"""A single table, or a file of users' lines, as an interaction log."""

from collections.abc import Sequence
from pathlib import Path

from datasets.assembly import sequences_from_file
from datasets.description import LINES, FileSequences, Table
from datasets.inference.log_columns import LogColumns, find_log_columns
from datasets.inference.profiles import TableProfile, profile_table
from datasets.inference.writing import log_yaml
from datasets.inspection.findings import FactTable, Inspection, counted, percent, plural
from datasets.inspection.log_facts import CORE, core_size, length_facts, log_warnings, size_facts
from datasets.inspection.log_times import order_note, unread_times
from datasets.inspection.wishes import LogWishes, refuse, relative_to
from datasets.sequences import SequenceDataset


def inspect_log_file(path: Path, wishes: LogWishes, beside: Path) -> Inspection:
    """Return what a file says as an interaction log, and its description, to lie in the folder `beside`.

    Raises UserError where no column looks like a user or an item, and for what cannot be read.
    """
    if path.suffix.lower() in LINES:
        refuse(wishes, str(path), "a file of users' lines")
        description = FileSequences(kind="sequence", file=path.name)
        log = sequences_from_file(path.stem, description, path.parent)
        return _inspection(path, log, log_yaml(relative_to(beside, path), []))
    table = profile_table(path)
    columns = find_log_columns(table, wishes.user, wishes.item, wishes.time)
    gaps = _gaps(table, columns)
    layout = Table(
        user=columns.user,
        item=columns.item,
        time=columns.time,
        separator=table.separator,
        header=table.header,
        missing="drop" if gaps else "refuse",
    )
    description = FileSequences(kind="sequence", file=path.name, table=layout)
    log = sequences_from_file(path.stem, description, path.parent)
    lines: list[tuple[str, object, str]] = [("user", columns.user, ""), ("item", columns.item, "")]
    lines.append(("time", columns.time, "" if columns.time else "the rows of a user are taken to be in time order"))
    if table.separator is not None:
        lines.append(("separator", table.separator, ""))
    if not table.header:
        lines.append(("header", False, "the first line looks like a row; columns are called 1, 2, ..."))
    if gaps:
        lines.append(("missing", "drop", "rows without a user, an item or a time are left out"))
    lines.append(("min_interactions", 1, f"{CORE} keeps users and items with that many; {core_size(log)}"))
    lines.append(("duplicates", "keep", "drop keeps the first interaction of a user with an item"))
    return _inspection(
        path,
        log,
        log_yaml(relative_to(beside, path), lines),
        facts=[_columns(table, columns)],
        warnings=[*gaps, *unread_times(table, columns)],
        notes=list(order_note(table, columns)),
    )


def _inspection(
    path: Path,
    log: SequenceDataset,
    text: str,
    *,
    facts: Sequence[FactTable] = (),
    warnings: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Inspection:
    """Return what is said of the file, then what is said of any log."""
    tables = [*facts, size_facts(log), length_facts(log)]
    all_warnings = [*warnings, *log_warnings(log, may_lack_times=path.suffix.lower() in LINES)]
    return Inspection(f"{path}: an interaction log", tables, all_warnings, [*notes, core_size(log)], text)


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
