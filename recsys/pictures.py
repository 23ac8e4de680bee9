"""Pictures of recommenders."""

import re
from collections.abc import Mapping

from matplotlib.figure import Figure

from core.report import Picture

_GROUP = re.compile(r"^test/length_(?P<range>[^/]+)/(?P<metric>hr|ndcg)@(?P<cutoff>\d+)$")
_CUTOFF_SHOWN = 10


def length_group_picture(metrics: Mapping[str, float]) -> Picture | None:
    """Draw HR@10 and NDCG@10 by the length of the users' histories, as bars; None where no group was measured."""
    found = {
        (match["range"], match["metric"]): value
        for name, value in metrics.items()
        if (match := _GROUP.match(name)) and int(match["cutoff"]) == _CUTOFF_SHOWN
    }
    ranges = sorted({name for name, _ in found}, key=lambda name: int(re.split(r"\D", name)[0]))
    if not ranges:
        return None
    figure = Figure(figsize=(7.2, 2.9), layout="constrained")
    for axes, metric, title in zip(figure.subplots(1, 2), ("hr", "ndcg"), ("HR", "NDCG"), strict=True):
        labels = [f"{name}\n({metrics[f'test/length_{name}/users']:.0f} users)" for name in ranges]
        bars = axes.bar(labels, [found[name, metric] for name in ranges], color="#4878a8", width=0.6)
        axes.bar_label(bars, fmt="%.3f", padding=2, fontsize=8)
        axes.axhline(metrics[f"test/{metric}@{_CUTOFF_SHOWN}"], color="#999999", linestyle="--", linewidth=1)
        axes.set_title(f"{title}@{_CUTOFF_SHOWN}", fontsize=10)
        axes.set_xlabel("items before the target", fontsize=9)
        axes.tick_params(labelsize=8)
        axes.margins(y=0.15)
        axes.spines[["top", "right"]].set_visible(False)
    caption = "Test users by the number of items that they had before; the dashed line is all users."
    return Picture("By length of history", caption, figure)
