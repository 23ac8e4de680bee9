"""Figures as SVG that follows the reader's choice of light or dark."""

import io
import re
import warnings

import matplotlib
from matplotlib.figure import Figure

from core.report.drawing import GRID, INK, MUTED, PAGE

_RASTER_DPI = 190
"""Of clouds of points, which are embedded as pixels: thousands of circles would make a heavy page."""
_ROLES = {INK: "ink", MUTED: "muted", GRID: "grid", PAGE: "page"}
_STYLE = """<style>
:root { --ink: #1f2328; --muted: #818b98; --grid: #e1e4e8; --page: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #d1d7e0; --muted: #8b949e; --grid: #343b45; --page: #14181d; } }
</style>"""


def adaptive_svg(figure: Figure) -> str:
    """Return a figure as one `<svg>` element, without a background, the same text for the same figure.

    What is drawn in the colours INK, MUTED, GRID and PAGE of `core.report.drawing` follows the reader's browser
    where it asks for dark pages. Letters stay text, for names may be in any script and the browser finds a font.
    """
    text = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "report"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # the reader's browser has others
        figure.savefig(text, format="svg", transparent=True, dpi=_RASTER_DPI, metadata={"Date": None})
    drawn = text.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    for colour, role in _ROLES.items():
        drawn = drawn.replace(colour, f"var(--{role})")
    opening = drawn.index(">") + 1
    return drawn[:opening] + _STYLE + drawn[opening:]
