"""Shares are those of the ratio as it is written, whatever its nearest double."""

from decimal import Decimal
from math import floor

import torch
from hypothesis import given
from hypothesis import strategies as st

from recsys.augmentations.share import share


@given(st.integers(1, 100_000), st.integers(0, 1000))
def test_the_floor_of_the_decimal_ratio(length: int, thousandths: int) -> None:
    exact = floor(Decimal(thousandths) / 1000 * length)
    assert share(torch.tensor([length]), thousandths / 1000).tolist() == [exact]
