"""Pictures that suit any model: curves over epochs, and the embeddings on a plane."""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.sparse.linalg import svds

from core.history import History, is_bookkeeping
from core.report.numbers import CUTOFF
from core.report.picture import Picture

# Okabe and Ito's colours stay apart for colour-blind readers.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#B8A900", "#000000")
UNLABELLED = "#c4c4c4"
MAP_POINTS = 5000
TSNE_POINTS = 2000
_CUTOFF_SHOWN = 10


def curves(histories: Mapping[str, History]) -> Picture | None:
    """Return every loss part and validation metric over the epochs, one line a run; None without epochs."""
    histories = {label: history for label, history in histories.items() if history.rows}
    names = dict.fromkeys(name for history in histories.values() for name in history.columns())
    names = dict.fromkeys(name for name in _at_one_cutoff(list(names)) if not is_bookkeeping(name))
    if not names:
        return None
    across = min(3, len(names))
    down = math.ceil(len(names) / across)
    figure = Figure(figsize=(3.6 * across + 0.6, 2.7 * down), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        for index, (_, history) in enumerate(histories.items()):
            epochs, values = history.column(name)
            marker = "o" if len(epochs) < 2 else None
            axes.plot(epochs, values, color=PALETTE[index % len(PALETTE)], linewidth=1.6, marker=marker)
        axes.set_title(name, fontsize=10)
        axes.set_xlabel("epoch", fontsize=9)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        plain_axes(axes)
    for axes in grid[len(names) :]:
        axes.remove()
    if len(histories) > 1:
        figure.legend(list(grid[0].lines), list(histories), loc="outside lower center", ncols=8)
    return Picture("Training", "Loss parts and diagnostics (means over the epoch), and validation metrics.", figure)


def _at_one_cutoff(names: list[str]) -> list[str]:
    """Keep one of the names that differ in their cutoff alone: hr@10 of hr@5, hr@10 and hr@20, or else the first."""
    kept: dict[str, str] = {}
    for name in names:
        stem, _, cutoff = name.partition(CUTOFF)
        if stem not in kept or int(cutoff or 0) == _CUTOFF_SHOWN:
            kept[stem] = name
    return list(kept.values())


def embedding_map(vectors: np.ndarray, labels: np.ndarray | None, *, method: str = "pca") -> Picture:
    """Return the vectors (N, d) on a plane, coloured by `labels` (N,), where negative means none.

    `method` is "pca" or "tsne" (scikit-learn's, seeded). At most 5,000 rows (2,000 for t-SNE) are drawn,
    evenly spread over the data set.
    """
    limit = TSNE_POINTS if method == "tsne" else MAP_POINTS
    chosen = np.unique(np.linspace(0, len(vectors) - 1, min(limit, len(vectors))).astype(int))
    points = np.asarray(vectors, dtype=np.float64)[chosen]
    plane, axis_names = (_tsne(points), ("", "")) if method == "tsne" else _pca(points)
    figure = Figure(figsize=(7.2, 5.6), layout="constrained")
    axes = figure.subplots()
    groups = np.full(len(chosen), -1) if labels is None else np.asarray(labels)[chosen]
    size = 9 if len(chosen) > 1500 else 16
    for value in np.unique(groups):
        here = plane[groups == value]
        colour = PALETTE[int(value) % len(PALETTE)] if value >= 0 else UNLABELLED
        if labels is None:
            colour = PALETTE[0]
        name = str(value) if value >= 0 else "none"
        axes.scatter(here[:, 0], here[:, 1], s=size, color=colour, label=name, alpha=0.75, linewidths=0)
    if labels is not None and len(np.unique(groups)) <= 16:
        axes.legend(title="label", frameon=False, markerscale=2, loc="center left", bbox_to_anchor=(1, 0.5))
    axes.set_xlabel(axis_names[0], fontsize=9)
    axes.set_ylabel(axis_names[1], fontsize=9)
    plain_axes(axes)
    shown = f"{len(chosen)} of {len(vectors)} rows" if len(chosen) < len(vectors) else f"{len(vectors)} rows"
    how = "t-SNE" if method == "tsne" else "First two principal components"
    colours = "" if labels is None else ", coloured by label"
    return Picture("Embeddings", f"{how}; {shown}{colours}.", figure)


def _pca(points: np.ndarray) -> tuple[np.ndarray, tuple[str, str]]:
    centred = points - points.mean(axis=0)
    total = float(np.square(centred).sum())
    smaller = min(centred.shape)
    if total == 0.0 or smaller < 3:
        left, scales, _ = np.linalg.svd(centred, full_matrices=False)
    else:
        # Raw features may have thousands of columns: only two directions are worth their time. The search starts from a
        # fixed random vector: one of ones is at right angles to all centred columns.
        left, scales, _ = svds(centred, k=2, v0=np.random.default_rng(0).standard_normal(smaller))
    order = np.argsort(-scales)[:2]
    plane = np.zeros((len(points), 2))
    plane[:, : len(order)] = left[:, order] * scales[order]
    shares = [100 * scale**2 / total if total else 0.0 for scale in scales[order]] + [0.0]
    return plane, (
        f"component 1 ({shares[0]:.0f} % of variance)",
        f"component 2 ({shares[1]:.0f} % of variance)",
    )


def _tsne(points: np.ndarray) -> np.ndarray:
    # scikit-learn takes a second to import, and few reports ask for it.
    from sklearn.manifold import TSNE  # noqa: PLC0415

    perplexity = min(30.0, max(1.0, (len(points) - 1) / 3))
    return TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(points.astype(np.float32))


def plain_axes(axes: Axes) -> None:
    """Take away what a picture does not need, and lay a light grid behind it."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8)
