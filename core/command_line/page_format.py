"""The names of the formats that a page of tables can be had in."""

from enum import StrEnum


class PageFormat(StrEnum):
    """What a page can be written as."""

    text = "text"
    markdown = "markdown"
    csv = "csv"
    latex = "latex"
