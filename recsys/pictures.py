"""What the report shows of recommenders."""

import re
from collections.abc import Mapping, Sequence

from core.report import Block, Panel, Picture
from core.report.drawing import BEHIND, INK, MUTED, PALETTE, new_panel, plain_axes
from datasets import SequenceDataset
from datasets.leave_one_out import Examples
from recsys.evaluation import Rank, RankingSettings
from recsys.example_cards import ExampleCards
from recsys.example_users import example_users

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
    panels = [_bars(metrics, ranges, found, *which) for which in (("hr", "HR"), ("ndcg", "NDCG"))]
    caption = "Test users by the number of items that they had before; the dashed line is all users."
    return Picture("By length of history", caption, panels)


def _bars(
    metrics: Mapping[str, float], ranges: Sequence[str], found: Mapping[tuple[str, str], float], metric: str, title: str
) -> Panel:
    """Return a panel with a bar for each range of lengths."""
    figure, axes = new_panel(4.0, 3.0)
    labels = [f"{name}\n{metrics[f'test/length_{name}/users']:,.0f}" for name in ranges]
    bars = axes.bar(labels, [found[name, metric] for name in ranges], color=PALETTE[0], width=0.6)
    axes.bar_label(bars, fmt="%.3f", padding=3, fontsize=9, color=INK, bbox=BEHIND)
    axes.axhline(metrics[f"test/{metric}@{_CUTOFF_SHOWN}"], color=MUTED, linestyle="--", linewidth=1)
    axes.set_title(f"{title}@{_CUTOFF_SHOWN}")
    axes.set_xlabel("items before the target; below, users")
    axes.set_ylabel(f"{title}@{_CUTOFF_SHOWN} (0 to 1)")
    axes.margins(y=0.15)
    plain_axes(axes)
    axes.grid(visible=False, axis="x")
    each = ", ".join(f"{found[name, metric]:.3f} for {name}" for name in ranges)
    return Panel(figure, f"{title}@{_CUTOFF_SHOWN} by items before the target: {each}")


def sequence_blocks(
    metrics: Mapping[str, float], rank: Rank, dataset: SequenceDataset, test: Examples, settings: RankingSettings
) -> list[Block]:
    """Return what the report shows of any recommender: results by length of history, and example users.

    `metrics` are those of the last evaluation, `rank` is taken as it is, in evaluation mode.
    """
    picture = length_group_picture(metrics)
    users = example_users(rank, dataset, test)
    cards = [ExampleCards(users, settings.filter_seen)] if users else []
    return [*([picture] if picture else []), *cards]
