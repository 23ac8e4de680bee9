"""What the report is made of."""

from typing import Protocol


class Block(Protocol):
    """A part of the report with a heading of its own: a picture, a table, or whatever a model wants to show."""

    @property
    def title(self) -> str:
        """The heading, as plain text."""

    def html(self) -> str:
        """Return what stands below the heading, as markup in which all foreign text is escaped."""
