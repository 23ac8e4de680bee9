"""What every epoch measured, as curves."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from core.history import History, is_bookkeeping
from core.report.drawing import INK, MUTED, PALETTE, new_panel, plain_axes
from core.report.numbers import at_one_cutoff
from core.report.picture import Panel, Picture

_TELLING = 3
"""Epochs from which on it is no accident that two curves have the same shape."""


def curves(histories: Mapping[str, History], kept: int = 0) -> Picture | None:
    """Return every loss part and validation metric over the epochs, one line a run; None without epochs.

    `kept` is the epoch, from 1, whose parameters the run kept; 0 where that is not one epoch, or not known.
    """
    histories = {label: history for label, history in histories.items() if history.rows}
    names = dict.fromkeys(name for history in histories.values() for name in history.columns())
    names = dict.fromkeys(name for name in at_one_cutoff(list(names)) if not is_bookkeeping(name))
    if not names:
        return None
    alike = _alike(list(names), histories)
    shown = [name for name in names if name not in alike]
    panels = [Panel(_panel(name, histories, kept), _text(name, histories)) for name in shown]
    if len(histories) > 1:
        panels.append(Panel(_legend(list(histories)), "The lines' colours: " + ", ".join(histories)))
    caption = "Loss parts and diagnostics (means over the epoch), and validation metrics."
    if kept:
        caption += f" The dashed line is epoch {kept}, whose parameters were kept."
    for leader in dict.fromkeys(alike.values()):
        followers = ", ".join(name for name in alike if alike[name] == leader)
        caption += f" Not drawn, since {leader} times a constant: {followers}."
    return Picture("Training", caption, panels)


def _alike(names: list[str], histories: Mapping[str, History]) -> dict[str, str]:
    """Return the names whose curves have the shape of an earlier one's, and that one's name.

    With one target recall is the hit rate; a loss of one part is that part.
    """
    leaders: dict[str, np.ndarray] = {}
    found = {}
    for name in names:
        values = np.concatenate([history.column(name)[1] for history in histories.values()])
        if len(values) < _TELLING or np.ptp(values) == 0:
            continue
        shape = values / values[np.abs(values).argmax()]
        leader = next((one for one, other in leaders.items() if _same(shape, other)), None)
        if leader is None:
            leaders[name] = shape
        else:
            found[name] = leader
    return found


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-6, atol=0)


def _panel(name: str, histories: Mapping[str, History], kept: int) -> Figure:
    figure, axes = new_panel(3.7, 2.6)
    for index, history in enumerate(histories.values()):
        epochs, values = history.column(name)
        marker = "o" if len(epochs) < 2 else None
        axes.plot(epochs, values, color=PALETTE[index % len(PALETTE)], linewidth=1.6, marker=marker)
    if kept:
        axes.axvline(kept, color=MUTED, linestyle="--", linewidth=1)
    axes.set_title(name)
    axes.set_xlabel("epoch")
    axes.set_ylabel(name.rpartition("/")[2])
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    plain_axes(axes)
    return figure


def _text(name: str, histories: Mapping[str, History]) -> str:
    ends = []
    for label, history in histories.items():
        values = history.column(name)[1]
        if values:
            ends.append(f"{label + ': ' if label else ''}{values[0]:.4g} at first, {values[-1]:.4g} at last")
    return f"{name} over the epochs; " + "; ".join(ends)


def _legend(labels: list[str]) -> Figure:
    across = 1 + (len(labels) - 1) // 8
    figure, axes = new_panel(3.7, 0.4 + 0.2 * -(-len(labels) // across))
    axes.set_axis_off()
    lines = [Line2D([], [], color=PALETTE[index % len(PALETTE)], linewidth=2) for index in range(len(labels))]
    axes.legend(lines, labels, loc="center", frameon=False, labelcolor=INK, ncols=across)
    return figure
