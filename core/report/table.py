"""Tables of the report."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape


@dataclass(frozen=True)
class Table:
    """A table with a header: the first `texts` columns are text, the others are numbers.

    `links` leads from a column's heading to another file, seen from the report's folder.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1
    links: Mapping[str, str] = field(default_factory=dict)

    def html(self) -> str:
        """Return the table; one that is too wide for the page is moved sideways by itself."""
        head = "".join(f"<th{self._kind(index)}>{self._heading(name)}</th>" for index, name in enumerate(self.header))
        body = "".join(f"<tr>{self._cells(row)}</tr>\n" for row in self.rows)
        return scrolling(f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>", self.title)

    def _cells(self, row: Sequence[str]) -> str:
        return "".join(f"<td{self._kind(index)}>{number_markup(cell)}</td>" for index, cell in enumerate(row))

    def _heading(self, name: str) -> str:
        link = self.links.get(name)
        return f'<a href="{escape(link)}">{escape(name)}</a>' if link else escape(name)

    def _kind(self, column: int) -> str:
        return "" if column < self.texts else ' class="number"'


def number_markup(text: str) -> str:
    """Return a number as markup, its deviation after ± set back."""
    value, sign, spread = text.partition(" ± ")
    return f'{escape(value)} <span class="spread">± {escape(spread)}</span>' if sign else escape(text)


def breakable(name: str) -> str:
    """Return a name as markup in which a line may end after a slash, a dot or an underscore."""
    return re.sub(r"([/._])", r"\1<wbr>", escape(name))


def scrolling(rows: str, label: str) -> str:
    """Return a table of these rows, as markup, in a frame of its own that can be moved sideways, also by keys."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}"><table>{rows}</table></div>'
