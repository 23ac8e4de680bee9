"""A picture for the report: one panel, or several that stand side by side where there is room."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from matplotlib.figure import Figure

from core.report.svg import adaptive_svg


@dataclass(frozen=True)
class Panel:
    """A figure, and in a sentence what it shows to those who do not see it.

    Build `figure` without pyplot, so that nothing has to be closed, and with `core.report.drawing`.
    """

    figure: Figure
    text: str

    def html(self) -> str:
        """Return the panel as an image that needs no file."""
        drawn = base64.b64encode(adaptive_svg(self.figure).encode()).decode()
        width, height = (round(96 * inches) for inches in self.figure.get_size_inches())
        return (
            f'<img alt="{escape(self.text)}" width="{width}" height="{height}" src="data:image/svg+xml;base64,{drawn}">'
        )


@dataclass(frozen=True)
class Picture:
    """A titled picture; `caption` says what to look for."""

    title: str
    caption: str
    panels: Sequence[Panel]

    def html(self) -> str:
        """Return the panels and the caption."""
        kind = "panels" if len(self.panels) > 1 else "panel"
        images = "".join(panel.html() for panel in self.panels)
        return f'<figure><div class="{kind}">{images}</div><figcaption>{escape(self.caption)}</figcaption></figure>'
