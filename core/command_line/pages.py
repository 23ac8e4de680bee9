"""Where a page of tables goes: to the screen, or to a file in one of several formats."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from core.atomic import write_text
from core.command_line.output_files import make_room
from core.command_line.page_format import PageFormat
from core.command_line.tables import print_sheet, say
from core.comparison.formats import comma_separated, latex, markdown
from core.comparison.sheet import Page
from core.errors import UserError

_SUFFIXES = {".md": PageFormat.markdown, ".csv": PageFormat.csv, ".tex": PageFormat.latex}
_WRITERS: Mapping[PageFormat, Callable[[Page], str]] = {
    PageFormat.markdown: markdown,
    PageFormat.csv: comma_separated,
    PageFormat.latex: latex,
}
_UNBROKEN = 10_000
"""Columns of a file, where no line is broken."""


def deliver(console: Console, page: Page, format_: PageFormat | None, output: Path | None) -> None:
    """Print a page, or write it to `output`; without a format, the file's suffix decides, else it is text."""
    chosen = format_ or (_SUFFIXES.get(output.suffix.lower()) if output else None) or PageFormat.text
    if output is not None:
        write_page(page, chosen, output)
        say(console, f"wrote {output}")
    elif chosen is PageFormat.text:
        _print(console, page)
    else:
        console.file.write(_WRITERS[chosen](page))
    if chosen is PageFormat.csv:  # which has no place for them
        _print_notes(Console(stderr=True), page)


def write_page(page: Page, format_: PageFormat, path: Path) -> None:
    """Write a page to a file; raises UserError if that cannot be."""
    make_room(path)
    try:
        write_text(path, _as_text(page) if format_ is PageFormat.text else _WRITERS[format_](page))
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None


def _as_text(page: Page) -> str:
    text = io.StringIO()
    _print(Console(file=text, width=_UNBROKEN), page)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def _print(console: Console, page: Page) -> None:
    for sheet in page.sheets:
        print_sheet(console, sheet)
    for note in page.notes:
        say(console, note, style="dim")


def _print_notes(console: Console, page: Page) -> None:
    for note in [*(note for sheet in page.sheets for note in sheet.notes), *page.notes]:
        say(console, note, style="dim")
