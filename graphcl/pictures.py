"""Pictures of graph models."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from core.report import Picture


def attention_picture(names: Sequence[str], weights: np.ndarray) -> Picture:
    """Draw the semantic attention as bars, one a view.

    Shapes:
        names, weights: one entry a view; weights add up to 1.
    """
    figure = Figure(figsize=(6, 0.8 + 0.35 * len(names)), layout="constrained")
    axes = figure.subplots()
    bars = axes.barh(list(names), weights, color="#4878a8")
    axes.bar_label(bars, fmt="%.3f", padding=3)
    axes.axvline(1 / len(names), color="#999999", linestyle="--", linewidth=1)
    axes.invert_yaxis()
    axes.set_xlim(0, float(max(weights)) * 1.15)
    axes.set_xlabel("weight in the fused embedding")
    axes.spines[["top", "right"]].set_visible(False)
    caption = "How much each meta-path view counts in the embedding; the dashed line is an equal share."
    return Picture("Meta-path attention", caption, figure)


def stage_attention_picture(names: Sequence[str], weights: np.ndarray) -> Picture:
    """Draw the semantic attention of every stage as a table of shades, one column a stage.

    Shapes:
        names: one entry a view; weights: stages x views, each stage's add up to 1.
    """
    stages = len(weights)
    figure = Figure(figsize=(3 + 0.9 * stages, 1 + 0.35 * len(names)), layout="constrained")
    axes = figure.subplots()
    axes.imshow(weights.T, cmap="Blues", aspect="auto", vmin=0)
    axes.set_xticks(range(stages), [str(stage + 1) for stage in range(stages)])
    axes.set_yticks(range(len(names)), list(names))
    axes.set_xlabel("stage")
    for (stage, view), weight in np.ndenumerate(weights):
        shade = "white" if weight > 0.6 * weights.max() else "#1f2328"
        axes.text(stage, view, f"{weight:.3f}", ha="center", va="center", color=shade)
    axes.spines[:].set_visible(False)
    caption = f"How much each meta-path view counts in each stage's embedding; an equal share is {1 / len(names):.3f}."
    return Picture("Meta-path attention of the stages", caption, figure)
