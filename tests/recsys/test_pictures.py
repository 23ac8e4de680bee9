"""The picture of history lengths shows what was measured, shortest histories first."""

import pytest

from recsys.pictures import length_group_picture

METRICS = {
    "test/hr@10": 0.2,
    "test/ndcg@10": 0.1,
    **{
        f"test/length_{name}/{metric}@{k}": k / 100
        for name in ("11+", "1-10")
        for metric in ("hr", "ndcg")
        for k in (5, 10)
    },
    "test/length_1-10/users": 30,
    "test/length_11+/users": 4,
}


def test_a_bar_a_group_in_the_order_of_lengths() -> None:
    picture = length_group_picture(METRICS)
    assert picture is not None
    for axes in (panel.figure.axes[0] for panel in picture.panels):
        assert [label.get_text() for label in axes.get_xticklabels()] == ["1-10\n30", "11+\n4"]
        assert [bar.get_height() for bar in axes.patches] == pytest.approx([0.1, 0.1])


def test_no_groups_no_picture() -> None:
    assert length_group_picture({"test/hr@10": 0.2}) is None
