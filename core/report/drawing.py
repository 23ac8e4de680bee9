"""The hand that all pictures are drawn in: colours, sizes and axes."""

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's colours stay apart for colour-blind readers, and show on white as well as on black.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#B8A900", "#8C6D5A")

# These become colours of the page, light or dark, when a picture is written: see `core.report.svg`.
INK = "#1f2328"
MUTED = "#818b98"
GRID = "#e1e4e8"
PAGE = "#fefefe"

_LABEL = 18
"""Letters in a line of a label beside an axis."""

BEHIND = {"facecolor": PAGE, "edgecolor": "none", "pad": 0.8}
"""The box behind letters that a line would run through."""


def new_panel(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure of this size, in inches, and its axes; a panel of 4.5 inches can be read on a phone."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def literal(text: str) -> str:
    """Return a name from a user's file as Matplotlib has to be given it: dollars do not begin a formula."""
    return text.replace("$", r"\$")


def in_lines(name: str) -> str:
    """Return a name of any length as a label beside an axis that leaves room for the axis; it is made `literal`."""
    return literal("\n".join(textwrap.wrap(name, _LABEL)))


def plain_axes(axes: Axes) -> None:
    """Take away what a picture does not need, lay a light grid behind it, and use the page's own colours.

    To be called when everything has been drawn.
    """
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["bottom", "left"]].set_color(MUTED)
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=9, labelcolor=INK, color=MUTED)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(INK)
        label.set_fontsize(9.5)
    axes.title.set_color(INK)
    axes.title.set_fontsize(10.5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.offsetText.set_color(INK)
    legend = axes.get_legend()
    if legend is not None:
        for text in (*legend.get_texts(), legend.get_title()):
            text.set_color(INK)
