"""Names of meta-paths come from users' files: however long, nothing of the picture is cut off."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from core.report import Picture
from graphcl.pictures import attention_picture, stage_attention_picture

LONG = ["customer-product-brand-product-customer", "a b c", "$" * 40, "PAP"]
WEIGHTS = np.array([0.1, 0.2, 0.6, 0.1])


@pytest.mark.parametrize(
    "picture",
    [attention_picture(LONG, WEIGHTS), stage_attention_picture(LONG, np.stack([WEIGHTS, WEIGHTS]))],
    ids=["attention", "stages"],
)
def test_long_names_leave_room(picture: Picture) -> None:
    (panel,) = picture.panels
    renderer = FigureCanvasAgg(panel.figure).get_renderer()
    panel.figure.draw(renderer)
    (axes,) = panel.figure.axes
    whole, plot = panel.figure.bbox, axes.get_window_extent(renderer)
    assert plot.width > whole.width / 3
    texts = [*axes.texts, *axes.get_yticklabels(), axes.xaxis.label]
    for box in (text.get_window_extent(renderer) for text in texts):
        assert whole.x0 <= box.x0 < box.x1 <= whole.x1
    labels = [text.get_window_extent(renderer) for text in axes.get_yticklabels()]
    assert not any(one.overlaps(other) for one, other in pairwise(labels))
