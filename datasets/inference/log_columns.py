"""Which columns of a table hold the user, the item and the time of an interaction."""

from collections.abc import Collection
from dataclasses import dataclass

from core.errors import UserError, unknown_name
from datasets.inference.naming import singular, words_of
from datasets.inference.profiles import ColumnProfile, TableProfile

_USERS = {"user", "customer", "client", "member", "account", "visitor", "reviewer", "person", "player", "listener"}
_USERS |= {"reader", "buyer", "shopper", "patient", "student", "subscriber", "session", "who", "uid"}
_ITEMS = {"item", "product", "sku", "article", "movie", "film", "book", "song", "track", "artist", "business", "asin"}
_ITEMS |= {"game", "course", "video", "news", "page", "poi", "venue", "shop", "recipe", "what", "iid"}
_TIMES = {"timestamp", "time", "date", "datetime", "ts", "when", "day", "created", "at"}
_IDS = {"id", "ids", "key", "uuid", "no", "number", "code"}


@dataclass(frozen=True)
class LogColumns:
    """The columns of a log; `time` is None where none looks like one."""

    user: str
    item: str
    time: str | None


def find_log_columns(
    table: TableProfile, user: str | None = None, item: str | None = None, time: str | None = None
) -> LogColumns:
    """Return the columns by their names, but for those that are given.

    Raises UserError where a given one does not exist, or none is called like a user or an item.
    """
    for option, name in (("--user", user), ("--item", item), ("--time", time)):
        if name is not None and name not in table.columns:
            raise UserError(f"{table.path}: {unknown_name('column', name, table.columns)} (given by {option})")
    free = [column for name, column in table.columns.items() if name not in (user, item, time)]
    user = user or _called(table, free, "--user", _USERS)
    item = item or _called(table, [one for one in free if one.name != user], "--item", _ITEMS)
    times = [column.name for column in free if looks_like_time(column) and column.name not in (user, item)]
    return LogColumns(user, item, time or next(iter(times), None))


def looks_like_time(column: ColumnProfile) -> bool:
    """Say whether a column holds numbers or dates and is called like a time."""
    return column.numbers and is_called_time(column)


def is_called_time(column: ColumnProfile) -> bool:
    """Say whether a column is called like a time, whatever it holds."""
    return _fits(column, _TIMES)


def _called(table: TableProfile, columns: Collection[ColumnProfile], option: str, names: set[str]) -> str:
    for column in columns:
        if _fits(column, names):
            return column.name
    what = option.removeprefix("--")
    raise UserError(
        f"{table.path}: no column is called like {'an' if what == 'item' else 'a'} {what}; say which one it is by "
        f"{option} NAME. Columns: {', '.join(_shown(table))}"
    )


def _shown(table: TableProfile) -> list[str]:
    """Return the columns' names; of columns that are only numbered, with their first value."""
    if table.header:
        return list(table.columns)
    first = {name: column.values[:1].to_pylist() for name, column in table.columns.items()}
    return [name + "".join(f" (such as {value[:40]})" for value in values) for name, values in first.items()]


def _fits(column: ColumnProfile, names: set[str]) -> bool:
    words = [word for word in words_of(column.name) if word not in _IDS] or words_of(column.name)
    return bool(words) and singular(words[-1]) in names
