"""What the column of times in a log's file is worth: whether it can be read, and whether rows stand in its order."""

from collections.abc import Iterator

import numpy as np

from datasets.inference.log_columns import LogColumns, is_called_time
from datasets.inference.profiles import TableProfile
from datasets.inspection.findings import plural
from datasets.readers.table import open_table, text_of, try_numbers


def unread_times(table: TableProfile, columns: LogColumns) -> Iterator[str]:
    """Yield a warning for a column that is called like a time, but holds something else; nothing if there are times."""
    if columns.time is not None:
        return
    for column in table.columns.values():
        if column.name in (columns.user, columns.item) or not is_called_time(column):
            continue
        file = open_table(table.path, table.separator, table.header)
        (values,) = file.columns([column.name])
        _, bad = try_numbers(values)
        if len(bad):
            row = int(bad[0])
            yield (
                f"{column.name} is called like a time, but {str(values[row].as_py())[:40]!r} on {file.place(row)} is "
                "neither a number nor a date such as 2014-05-31; mend it, else times are not used"
            )


def order_note(table: TableProfile, columns: LogColumns) -> Iterator[str]:
    """Yield how many users' rows are not in the order of their times, if there are any."""
    if columns.time is None:
        return
    file = open_table(table.path, table.separator, table.header)
    who, when = file.columns([columns.user, columns.time])
    users = text_of(file, columns.user, who).dictionary_encode().indices.fill_null(-1).to_numpy()
    times, _ = try_numbers(when)
    known = np.flatnonzero((users >= 0) & ~np.isnan(times))
    known = known[np.argsort(users[known], kind="stable")]
    later = (np.diff(times[known]) < 0) & (np.diff(users[known]) == 0)
    if later.any():
        mixed = len(np.unique(users[known][1:][later]))
        yield f"the rows of {plural(mixed, 'user')} are not in the order of {columns.time}; they are put in order by it"
