"""The report: self-contained, escaped, and with numbers that people can read."""

import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from core.errors import UserError
from core.history import History
from core.report import Panel, Picture, Table, curves, embedding_map, format_number, metric_rows, report_page
from core.report.embedding_map import MAP_POINTS


def history(*rows: dict[str, float]) -> History:
    made = History()
    made.restore(rows)
    return made


def page(**changes: object) -> str:
    parts: dict[str, object] = {
        "title": "a <b> & c",
        "lead": "lead",
        "metrics": {"x/y": 0.5, "x/y_std": 0.1},
        "blocks": [Picture("t<", "c>", [Panel(Figure(), '"<b>')])],
        "settings": {"seed": 0, "trainer": {"epochs": 3, "patience": None}, "data": {}},
        "environment": {"packages": {"torch": "2"}},
    }
    return report_page(**{**parts, **changes})  # type: ignore[arg-type]


def test_page_needs_nothing_from_elsewhere_and_escapes() -> None:
    text = page()
    assert "<b>" not in text
    assert "a &lt;b&gt; &amp; c" in text
    assert not re.search(r"<script|<link|https?://|url\(", text)
    assert re.findall(r'src="([^"]{0,22})', text) == ["data:image/svg+xml;bas"]


def test_page_shows_settings_and_tables() -> None:
    text = page(blocks=[Table("Each seed", ["", "seed 0"], [["x/y", "0.5"]])]).replace("<wbr>", "")
    for wanted in ("trainer.epochs", "packages.torch", "Each seed", "± 0.1000"):
        assert wanted in text


def test_metric_rows_join_deviations_and_put_cost_last() -> None:
    rows = metric_rows({"time/train_s": 3.0, "b/x_std": 0.125, "b/x": 0.5, "a/own_std": 2.0, "epochs": 7, "c": None})
    assert [(row.name, row.value, row.deviation) for row in rows] == [
        ("c", "n/a", ""),
        ("a/own_std", "2.0000", ""),
        ("b/x", "0.5000", "± 0.1250"),
        ("epochs", "7", ""),
        ("time/train_s", "3.0000", ""),
    ]


@pytest.mark.parametrize(
    ("value", "like", "text"),
    [
        (0.12345, None, "0.1235"),
        (123.456, None, "123.5"),
        (0.5, 123.0, "0.5"),
        (7, None, "7"),
        (-0.5, None, "-0.5000"),
    ],
)
def test_format_number(value: float, like: float | None, text: str) -> None:
    assert format_number(value, like) == text


def test_curves_draw_every_measured_column_once() -> None:
    picture = curves(
        {
            "seed 0": history({"epoch": 1, "loss": 2.0, "seconds": 1.0}, {"epoch": 2, "loss": 1.0, "valid/x": 3.0}),
            "seed 1": history({"epoch": 1, "loss": 4.0}),
        }
    )
    assert picture is not None
    panels = [axes for panel in picture.panels for axes in panel.figure.axes if axes.get_title()]
    drawn = {axes.get_title(): [list(line.get_ydata()) for line in axes.lines] for axes in panels}
    assert drawn == {"loss": [[2.0, 1.0], [4.0]], "valid/x": [[3.0], []]}
    assert curves({"": History()}) is None


def test_curves_of_one_shape_are_drawn_once_and_the_others_named() -> None:
    hits = (0.1, 0.3, 0.2)
    rows = [
        {"epoch": place, "loss": 2.0, "hr@10": hit, "recall@10": hit, "precision@10": hit / 10, "mrr@10": hit**2}
        for place, hit in enumerate(hits, start=1)
    ]
    picture = curves({"": history(*rows)})
    assert picture is not None
    drawn = [panel.figure.axes[0].get_title() for panel in picture.panels]
    assert drawn == ["loss", "hr@10", "mrr@10"]
    assert picture.caption.endswith("Not drawn, since hr@10 times a constant: recall@10, precision@10.")


@pytest.mark.parametrize("rows", [1, 2, 8, 300])
@pytest.mark.parametrize("width", [1, 2, 6, 64])
def test_embedding_map_copes_with_any_shape(rows: int, width: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(rows, width)).astype(np.float32)
    picture = embedding_map(vectors, np.arange(rows) % 3 - 1)
    points = sum(len(part.get_offsets()) for part in picture.panels[0].figure.axes[0].collections)
    assert points == rows


def test_embedding_map_by_pca_finds_the_widest_directions() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(500, 5)) * np.array([0.1, 9.0, 0.1, 3.0, 0.1])
    (cloud,) = embedding_map(vectors, None).panels[0].figure.axes[0].collections
    spread = np.asarray(cloud.get_offsets()).std(axis=0)
    assert spread == pytest.approx([9.0, 3.0], rel=0.15)


@pytest.mark.parametrize("rows", [6, 40])
def test_embedding_map_copes_with_rows_on_a_line(rows: int) -> None:
    along = np.linspace(-1, 1, rows)
    (cloud,) = embedding_map(along[:, None] * np.ones((1, 9)), None).panels[0].figure.axes[0].collections
    plane = np.asarray(cloud.get_offsets())
    assert np.sort(np.abs(plane[:, 0])) == pytest.approx(np.sort(3 * np.abs(along)))
    assert np.abs(plane[:, 1]).max() < 1e-6


def test_embedding_map_copes_with_a_single_place() -> None:
    picture = embedding_map(np.ones((20, 5), dtype=np.float32), None)
    assert not np.asarray(picture.panels[0].figure.axes[0].collections[0].get_offsets()).any()


def test_embedding_map_clusters_what_has_a_direction() -> None:
    vectors = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
    vectors[[3, 5]] = 0
    (legend,) = embedding_map(vectors, None).panels[0].figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts[0] == "only zeros (2)"
    assert [text.split(" (")[0] for text in texts[1:]] == [f"cluster {place}" for place in range(1, 9)]


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_embedding_map_refuses_what_no_plane_holds(number: float) -> None:
    vectors = np.ones((20, 5), dtype=np.float32)
    vectors[3, 1] = number
    with pytest.raises(UserError, match="training has diverged"):
        embedding_map(vectors, None)


def test_embedding_map_thins_large_data_and_tsne_runs() -> None:
    vectors = np.random.default_rng(0).normal(size=(MAP_POINTS + 10, 3)).astype(np.float32)
    thinned = embedding_map(vectors, None)
    assert len(thinned.panels[0].figure.axes[0].collections[0].get_offsets()) == MAP_POINTS
    assert f"{MAP_POINTS:,} of {MAP_POINTS + 10:,} rows" in thinned.caption
    assert "t-SNE" in embedding_map(vectors[:40], None, method="tsne").caption
