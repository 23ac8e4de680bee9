"""Pictures follow the reader's choice of light or dark, and are the same for the same numbers."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from core.report import embedding_map
from core.report.drawing import GRID, INK, MUTED, PALETTE, new_panel, plain_axes
from core.report.svg import adaptive_svg


def drawn() -> str:
    figure, axes = new_panel(4, 3)
    axes.plot([0, 1], [2, 3], color=PALETTE[0], label="<a> & b")
    axes.set_title("title")
    axes.set_xlabel("x")
    axes.legend()
    plain_axes(axes)
    return adaptive_svg(figure)


def test_nothing_but_data_keeps_a_colour_of_its_own() -> None:
    text = drawn()
    colours = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6}|var\([^)]+\))", text))
    assert {"var(--ink)", "var(--muted)", "var(--grid)", PALETTE[0].lower()} <= colours
    assert not colours & {INK, MUTED, GRID, "#000000"}
    assert "prefers-color-scheme: dark" in text


def test_the_text_is_well_formed_and_the_same_again() -> None:
    assert drawn() == drawn()
    assert ElementTree.fromstring(drawn()).tag.endswith("svg")


def test_a_cloud_of_points_is_pixels() -> None:
    vectors = np.random.default_rng(0).normal(size=(5000, 4)).astype(np.float32)
    (panel,) = embedding_map(vectors, np.arange(5000) % 30).panels
    assert adaptive_svg(panel.figure).count("<image") == 1
    assert len(panel.html()) < 1_000_000


def test_names_may_hold_anything(recwarn: pytest.WarningsRecorder) -> None:
    names = ["$x^", "b$", "<i>&", "\u8bba\u6587", r"\frac{", "n" * 99, "a\nb"]
    vectors = np.random.default_rng(0).normal(size=(70, 4)).astype(np.float32)
    picture = embedding_map(vectors, np.arange(70) % 7, names=names)
    svg = adaptive_svg(picture.panels[0].figure)
    root = ElementTree.fromstring(svg)
    text = "".join(root.itertext())
    assert all(
        part in text for part in ("$x^ (10)", "b$ (10)", "<i>& (10)", "\u8bba\u6587 (10)", r"\frac{", "nnn\u2026")
    )
    assert not [one for one in recwarn if "Glyph" in str(one.message)]
