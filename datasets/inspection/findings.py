"""What an inspection says: tables of facts, warnings, notes, and a description to edit."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FactTable:
    """A table to print: texts all, the first column a name; `numeric` says which columns hold numbers."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: Sequence[int] = ()


@dataclass(frozen=True)
class Inspection:
    """What was understood of some data: `warnings` are what looks wrong, `notes` what is good to know.

    `description` is YAML to edit, None for what is described already.
    """

    title: str
    tables: Sequence[FactTable]
    warnings: Sequence[str] = field(default_factory=tuple)
    notes: Sequence[str] = field(default_factory=tuple)
    description: str | None = None


def counted(number: float) -> str:
    """Return a count with commas.

    >>> counted(4334194)
    '4,334,194'
    """
    return f"{number:,.0f}"


def percent(share: float) -> str:
    """Return a share in percent, with two digits that count where it is small.

    >>> percent(0.2684), percent(0.00033), percent(0.0), percent(1.0)
    ('26.8 %', '0.033 %', '0 %', '100 %')
    """
    value = 100 * share
    digits = f"{value:.3g}" if value >= 1 else f"{value:.2g}"
    return f"{digits} %" if "e" not in digits else f"{value:.6f} %"


def plural(count: int, noun: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> plural(1, "node"), plural(3, "node"), plural(2, "class", "classes")
    ('1 node', '3 nodes', '2 classes')
    """
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"
