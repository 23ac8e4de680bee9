"""Pictures of a study: the trials one after another, and each setting against the metric."""

import json
import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from core.report import Panel, Picture
from core.report.drawing import INK, PALETTE, literal, new_panel, plain_axes
from core.tuning.records import TrialRecord
from core.tuning.space import Choices, Parameter, Range, Space

_BLUE, _ORANGE, _GREEN = PALETTE[:3]
_GREY = "#9a9a9a"


def history_picture(records: Sequence[TrialRecord], metric: str, mode: Literal["min", "max"]) -> Picture | None:
    """Return the metric of every trial and the best until then; None where no trial is complete."""
    complete = [one for one in records if one.state == "complete"]
    if not complete:
        return None
    figure, axes = new_panel(4.5, 3.1)
    better = np.minimum if mode == "min" else np.maximum
    numbers, values = [one.number for one in complete], [_height(one) for one in complete]
    axes.step(numbers, better.accumulate(values), where="post", color=_ORANGE, linewidth=1.6, label="best until then")
    axes.scatter(numbers, values, s=22, color=_BLUE, label="complete", zorder=3)
    pruned = [one for one in records if one.state == "pruned" and one.value is not None]
    if pruned:
        heights = [_height(one) for one in pruned]
        axes.scatter([one.number for one in pruned], heights, s=18, **_hollow(), label="pruned", zorder=2)
    failed = [one.number for one in records if one.state == "failed"]
    if failed:
        low = axes.get_ylim()[0]
        axes.scatter(failed, [low] * len(failed), marker="x", s=24, color=PALETTE[4], label="failed", clip_on=False)
    axes.set_xlabel("trial")
    axes.set_ylabel(metric)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    figure.legend(frameon=False, fontsize=8.5, labelcolor=INK, columnspacing=1.2, loc="outside lower center", ncols=4)
    plain_axes(axes)
    caption = "Each trial's value; of a pruned one, the best until it was ended."
    text = f"{metric} of {len(complete)} complete trials, one after another; the best is {better.reduce(values):.4g}"
    return Picture("Trials", caption, [Panel(figure, text)])


def settings_picture(records: Sequence[TrialRecord], space: Space, metric: str, best: TrialRecord) -> Picture:
    """Return a panel for each setting of the space: its values against the metric."""
    shown = [one for one in records if one.state in ("complete", "pruned") and one.value is not None]
    panels = []
    for parameter in space.parameters:
        figure, axes = new_panel(3.7, 2.8)
        _panel(axes, parameter, [one for one in shown if parameter.key in one.values], best)
        axes.set_title(parameter.key)
        axes.set_xlabel(f"{parameter.key}{' (log scale)' if isinstance(parameter, Range) and parameter.log else ''}")
        axes.set_ylabel(metric)
        plain_axes(axes)
        found = f"; the best trial has {best.values[parameter.key]}" if parameter.key in best.values else ""
        panels.append(Panel(figure, f"{metric} against {parameter.key}{found}"))
    caption = (
        "A point a trial: complete ones are filled, the best is green, pruned ones (hollow) stand where they ended."
    )
    return Picture("Each setting against the metric", caption, panels)


def _panel(axes: Axes, parameter: Parameter, records: Sequence[TrialRecord], best: TrialRecord) -> None:
    if isinstance(parameter, Choices):
        names = [_name(one) for one in parameter.choices]
        axes.set_xticks(range(len(names)), names, rotation=30 if len("".join(names)) > 24 else 0)
        axes.set_xlim(-0.6, len(names) - 0.4)
    elif parameter.log:
        axes.set_xscale("log")
    elif parameter.is_whole:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    for state, style in (("pruned", _hollow()), ("complete", {"color": _BLUE})):
        these = [one for one in records if one.state == state]
        heights = [_height(one) for one in these]
        axes.scatter([_place(parameter, one) for one in these], heights, s=18, alpha=0.8, **style)
    if parameter.key in best.values:
        axes.scatter([_place(parameter, best)], [_height(best)], s=60, color=_GREEN, zorder=4)


def _place(parameter: Parameter, record: TrialRecord) -> float:
    """Return where a trial stands on the axis; those of one choice are spread a little, always in the same way."""
    value = record.values[parameter.key]
    if isinstance(parameter, Choices):
        spread = (record.number * 0.618) % 1 - 0.5
        return list(parameter.choices).index(value) + 0.4 * spread
    return float(value)


def _height(record: TrialRecord) -> float:
    return math.nan if record.value is None else record.value


def _name(value: Any) -> str:
    return literal(value if isinstance(value, str) else json.dumps(value, default=str))


def _hollow() -> dict[str, Any]:
    return {"facecolors": "none", "edgecolors": _GREY}
