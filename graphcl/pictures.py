"""Pictures of graph models."""

from collections.abc import Sequence

import numpy as np

from core.report import Panel, Picture
from core.report.drawing import BEHIND, INK, MUTED, PALETTE, in_lines, new_panel, plain_axes


def attention_picture(names: Sequence[str], weights: np.ndarray) -> Picture:
    """Draw the semantic attention as bars, one a view.

    Shapes:
        names, weights: one entry a view; weights add up to 1.
    """
    labels = [in_lines(name) for name in names]
    figure, axes = new_panel(4.4, 0.9 + _row_height(labels) * len(names))
    places = range(len(names))
    bars = axes.barh(places, weights, color=PALETTE[0], height=0.65, tick_label=labels)
    axes.bar_label(bars, fmt="%.3f", padding=3, fontsize=9, color=INK, bbox=BEHIND)
    axes.axvline(1 / len(names), color=MUTED, linestyle="--", linewidth=1)
    axes.invert_yaxis()
    axes.set_xlim(0, float(max(weights)) * 1.25)
    axes.set_xlabel("weight (those of all views add up to 1)")
    plain_axes(axes)
    axes.grid(visible=False, axis="y")
    caption = "How much each meta-path view counts in the embedding; the dashed line is an equal share."
    shares = ", ".join(f"{name} {weight:.3f}" for name, weight in zip(names, weights, strict=True))
    return Picture("Meta-path attention", caption, [Panel(figure, f"Weights of the views: {shares}")])


def stage_attention_picture(names: Sequence[str], weights: np.ndarray) -> Picture:
    """Draw the semantic attention of every stage as a table of shades, one column a stage.

    Shapes:
        names: one entry a view; weights: stages x views, each stage's add up to 1.
    """
    stages = len(weights)
    labels = [in_lines(name) for name in names]
    figure, axes = new_panel(2.4 + 0.8 * stages, 1 + _row_height(labels) * len(names))
    axes.imshow(weights.T, cmap="Blues", aspect="auto", vmin=0)
    axes.set_xticks(range(stages), [str(stage + 1) for stage in range(stages)])
    axes.set_yticks(range(len(names)), labels)
    axes.set_xlabel("stage")
    for (stage, view), weight in np.ndenumerate(weights):
        shade = "white" if weight > 0.6 * weights.max() else "black"
        axes.text(stage, view, f"{weight:.3f}", ha="center", va="center", color=shade)
    plain_axes(axes)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    caption = f"How much each meta-path view counts in each stage's embedding; an equal share is {1 / len(names):.3f}."
    text = f"Weights of {len(names)} views in {stages} stages, from {weights.min():.3f} to {weights.max():.3f}"
    return Picture("Meta-path attention of the stages", caption, [Panel(figure, text)])


def _row_height(labels: Sequence[str]) -> float:
    """Return the inches that a row takes beside labels of one line or more."""
    return 0.2 + 0.16 * max(label.count("\n") + 1 for label in labels)
