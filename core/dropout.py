"""Dropout whose random numbers are cheap on a CPU."""

import torch
from torch import Tensor
from torch.nn import functional

_STEPS = 2**16


def dropout(x: Tensor, rate: float, training: bool) -> Tensor:
    """Zero each entry with probability ``rate`` and scale the rest so that the mean stays.

    On a CPU torch draws one Bernoulli number at a time, which would cost more than the layers between. So 64-bit
    draws of the global generator are cut into four 16-bit numbers; ``rate`` is rounded to a multiple of 2^-16, and
    the scale follows the rounded rate. Elsewhere this is torch's own dropout.

    Shapes:
        x: any -> the same.
    """
    if not training or rate == 0:
        return x
    if x.device.type != "cpu":
        return functional.dropout(x, rate)
    dropped = min(round(rate * _STEPS), _STEPS - 1)
    draws = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    kept = draws.view(torch.int16)[: x.numel()].view(x.shape) >= dropped - _STEPS // 2
    return x * kept.to(x.dtype).mul_(_STEPS / (_STEPS - dropped))
