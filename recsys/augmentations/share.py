"""How many items a share of a sequence is."""

import torch
from torch import Tensor


def share(lengths: Tensor, ratio: float) -> Tensor:
    """Return ``floor(ratio * length)``, for ratios as they are written: .65 of 180 is 117.

    Shapes:
        lengths: B int64 -> B int64.
    """
    # The nearest double to .65 is below it, and single precision rounds worse.
    return (lengths.double() * ratio + 1e-9).to(torch.int64)
