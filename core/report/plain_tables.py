"""Aligned tables as plain text and as Markdown."""

from collections.abc import Sequence


def text_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an aligned table: the first column to the left, the others to the right."""
    widths = _widths(columns, rows)
    rule = ["-" * width for width in widths]
    return "\n".join("  ".join(_padded(cells, widths)).rstrip() for cells in (columns, rule, *rows))


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1) -> str:
    """Return a Markdown table that is aligned in its source, too: the first `texts` columns to the left."""
    widths = [max(3, width) for width in _widths(columns, rows)]
    rule = ["-" * width if index < texts else "-" * (width - 1) + ":" for index, width in enumerate(widths)]
    return "\n".join(f"| {' | '.join(_padded(cells, widths, texts))} |" for cells in (columns, rule, *rows))


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(cell) for cell in column) for column in zip(columns, *rows, strict=True)]


def _padded(cells: Sequence[str], widths: Sequence[int], texts: int = 1) -> list[str]:
    return [
        cell.ljust(width) if index < texts else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
