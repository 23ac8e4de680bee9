"""Tables as what they say, before any format: cells with deviations and marks, and flat records for a machine."""

from dataclasses import dataclass

Record = dict[str, object]
"""A line of a table for machines, by the names of its columns."""


@dataclass(frozen=True)
class Cell:
    """A text or a number; `spread` is its deviation, `marks` are footnote signs."""

    text: str
    spread: str = ""
    is_best: bool = False
    marks: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table whose first columns, `texts` of them, are texts and whose others are numbers.

    `lead` is a line below the title, `notes` are lines below the table.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    lead: str = ""
    notes: tuple[str, ...] = ()
    texts: int = 1


@dataclass(frozen=True)
class Page:
    """Sheets for people, the same as flat records for machines, and what holds for all of it."""

    sheets: tuple[Sheet, ...]
    records: tuple[Record, ...]
    notes: tuple[str, ...] = ()
