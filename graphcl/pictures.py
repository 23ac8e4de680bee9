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
