"""What a column is good for: numbers, categories or text as features, or nothing, and why."""

from dataclasses import dataclass

from datasets.inference.profiles import ColumnProfile

TEXT_WORDS = 3.0
"""Words a value, on average, from which on a column is free text."""

_FEW = 50
_NEARLY_ALL = 0.9


@dataclass(frozen=True)
class ColumnGuess:
    """What a column is taken for: a `kind` of a description's columns, or None for one that is left out; and why.

    `missing` counts the rows without a value.
    """

    name: str
    kind: str | None
    note: str
    missing: int


def guess_kind(column: ColumnProfile) -> ColumnGuess:
    """Return what to do with a column that is neither an id nor a label."""
    kind, note = _kind(column)
    return ColumnGuess(column.name, kind, note, column.gaps if kind == "numeric" else column.missing)


def _kind(column: ColumnProfile) -> tuple[str | None, str]:
    filled, distinct = column.rows - column.missing, len(column.values)
    if column.nested:
        return None, f"holds {column.nested}, no plain values"
    if column.is_constant:
        return None, "constant" if distinct else "empty"
    if column.numbers:
        return "numeric", "true or false" if column.is_truth else "dates, as seconds" if column.is_date else "numbers"
    if column.with_commas:
        return None, "numbers with commas"
    if column.no_number is not None:
        place, count = column.no_number
        return None, f"numbers, but for {count:,} of {filled:,} values, the first on {place}"
    if column.words >= TEXT_WORDS:
        return "text", f"{column.words:.0f} words on average"
    if distinct <= max(2, min(_FEW, filled // 2)) or distinct <= filled // 5:
        return "categorical", f"{distinct:,} values"
    if column.words > 1.2 or distinct < _NEARLY_ALL * filled:
        return "text", f"{distinct:,} short values, taken for their words"
    return None, "nearly every row has a value of its own"
