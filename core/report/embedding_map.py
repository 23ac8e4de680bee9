"""The embeddings on a plane."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.sparse.linalg import svds

from core.errors import UserError
from core.report.drawing import INK, PALETTE, literal, new_panel, plain_axes
from core.report.picture import Panel, Picture

UNLABELLED = "#a9b0b8"
MAP_POINTS = 5000
TSNE_POINTS = 2000
CLUSTERS = 8
_MARKERS = ("o", "^", "s", "D", "v", "P")
_NAMED = 24
"""Groups that a legend has room for."""


def embedding_map(
    vectors: np.ndarray,
    labels: np.ndarray | None,
    *,
    method: str = "pca",
    names: Sequence[str] = (),
    rows_are: str = "rows",
) -> Picture:
    """Return the vectors (N, d) on a plane, coloured by `labels` (N,), where negative means none.

    Without labels, or where all are negative, colours are clusters (spherical k-means, seeded). `names` are those of
    the labels 0, 1, ..., where they have any; `rows_are` says what a row is. `method` is "pca" or "tsne"
    (scikit-learn's, seeded). Of more than 5,000 rows (2,000 for t-SNE) so many are shown, drawn at random, always the
    same. Raises UserError where a vector holds a number that is not finite.
    """
    if not np.isfinite(vectors).all():
        raise UserError(
            "the embeddings hold NaN or infinite numbers: training has diverged; "
            "try a smaller step such as --set optimizer.lr=1e-4, or --set trainer.clip_norm=1"
        )
    limit = TSNE_POINTS if method == "tsne" else MAP_POINTS
    chosen = np.arange(len(vectors))
    if len(vectors) > limit:  # at random: an even spread could miss whole groups of rows that come in turns
        chosen = np.sort(np.random.default_rng(0).choice(len(vectors), limit, replace=False))
    points = np.asarray(vectors, dtype=np.float64)[chosen]
    plane, axis_names = (_tsne(points), ("t-SNE 1 (no unit)", "t-SNE 2")) if method == "tsne" else _pca(points)
    groups, kind = _groups(points, None if labels is None else np.asarray(labels)[chosen])
    figure, axes = new_panel(4.5, 3.9)
    _scatter(axes, plane, groups)
    axes.set_xlabel(axis_names[0])
    axes.set_ylabel(axis_names[1])
    if kind:
        _legend(figure, groups, kind, names if kind == "label" else ())
    plain_axes(axes)
    how = "t-SNE" if method == "tsne" else "First two principal components"
    shown = f"all {len(vectors):,} {rows_are}"
    if len(chosen) < len(vectors):
        shown = f"{len(chosen):,} of {len(vectors):,} {rows_are}, drawn at random"
    caption = f"{how}; {shown}{_colours(kind, len(np.unique(groups[groups >= 0])))}."
    return Picture("Embeddings", caption, [Panel(figure, f"Map of the embeddings. {caption}")])


def _groups(points: np.ndarray, labels: np.ndarray | None) -> tuple[np.ndarray, str]:
    """Return a group for each point, negative for none, and of what kind they are: "label", "cluster", or ""."""
    if labels is not None and (labels >= 0).any():
        return labels, "label"
    lengths = np.linalg.norm(points, axis=1)
    (some,) = np.nonzero(lengths)  # a vector of zeros, such as that of a node without features, has no direction
    if points.shape[1] < 2 or len(some) < 4 * CLUSTERS:
        return np.zeros(len(points), dtype=int), ""
    # Commands that draw nothing import this module, too, and should not wait for torch.
    import torch  # noqa: PLC0415

    from core.clustering import spherical_kmeans  # noqa: PLC0415

    rows = torch.from_numpy(points[some] / lengths[some, None])
    (found,) = spherical_kmeans(rows, [CLUSTERS], generator=torch.Generator().manual_seed(0))
    cluster = found.assignment.numpy()
    by_size = np.argsort(-np.bincount(cluster, minlength=CLUSTERS), kind="stable")
    groups = np.full(len(points), -1)
    groups[some] = np.argsort(by_size)[cluster]
    return groups, "cluster"


def _scatter(axes: Axes, plane: np.ndarray, groups: np.ndarray) -> None:
    """Draw the points in an order that no group is on top in."""
    order = np.random.default_rng(0).permutation(len(plane))
    size = 7 if len(plane) > 1500 else 14
    shapes = np.array([_marker(group) for group in groups])
    for shape in dict.fromkeys(shapes):
        here = order[shapes[order] == shape]
        colours = [_colour(group) for group in groups[here]]
        axes.scatter(
            plane[here, 0],
            plane[here, 1],
            s=size,
            c=colours,
            marker=shape,
            alpha=0.75,
            linewidths=0,
            rasterized=True,
        )


def _legend(figure: Figure, groups: np.ndarray, kind: str, names: Sequence[str]) -> None:
    """Put a legend below the map, which keeps its size."""
    found, counts = np.unique(groups, return_counts=True)
    if len(found) > _NAMED:
        return
    marks = [Line2D([], [], linestyle="", color=_colour(group), marker=_marker(group)) for group in found]
    texts = [f"{_name(group, kind, names)} ({count:,})" for group, count in zip(found, counts, strict=True)]
    across = max(1, min(4, 58 // (max(len(text) for text in texts) + 4)))
    figure.set_figheight(figure.get_figheight() + 0.2 * -(-len(found) // across))
    figure.legend(
        marks,
        texts,
        frameon=False,
        fontsize=9,
        labelcolor=INK,
        handletextpad=0.2,
        columnspacing=1.2,
        loc="outside lower center",
        ncols=across,
    )


def _colour(group: int) -> str:
    return PALETTE[group % len(PALETTE)] if group >= 0 else UNLABELLED


def _marker(group: int) -> str:
    return _MARKERS[group // len(PALETTE) % len(_MARKERS)] if group >= 0 else _MARKERS[0]


def _name(group: int, kind: str, names: Sequence[str]) -> str:
    if group < 0:
        return "no label" if kind == "label" else "only zeros"
    text = names[group] if group < len(names) else f"{kind} {group if kind == 'label' else group + 1}"
    return literal(text if len(text) <= 20 else text[:19] + "…")


def _colours(kind: str, count: int) -> str:
    if kind == "label":
        repeated = " values, colours repeat" if count > _NAMED else ""
        return f", coloured by label ({count}{repeated})"
    return f", coloured by cluster (spherical k-means, {count})" if kind else ""


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
