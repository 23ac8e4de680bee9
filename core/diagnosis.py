"""What contrastive training has done to its vectors, as numbers that every run logs."""

import torch
from torch import Tensor
from torch.nn import functional

from core.losses import alignment, tolerance, uniformity

PREFIX = "diagnostics/"


@torch.no_grad()
def diagnose(
    rows: Tensor, twins: Tensor | None = None, labels: Tensor | None = None, *, most: int = 1024
) -> dict[str, Tensor]:
    """Return alignment with the twins, uniformity of the rows, and tolerance of rows of one label, by their names.

    Wang and Isola, ICML 2020, and Wang and Liu, CVPR 2021; see :mod:`core.losses.diagnostics`. Vectors are taken at
    length 1. Uniformity is that of `most` rows at most, evenly spread over all.

    Args:
        twins: the other view's rows.
        labels: classes; a negative one is none. They are looked at, nothing learns from them.

    Shapes:
        rows, twins: N x d, N at least 2; labels: N -> scalars, on the rows' device.
    """
    units = functional.normalize(rows.detach().float(), dim=1)
    found = {}
    if twins is not None:
        found["alignment"] = alignment(units, functional.normalize(twins.detach().float(), dim=1))
    stride = -(-len(units) // most)
    found["uniformity"] = uniformity(units[::stride])
    if labels is not None:
        found["tolerance"] = tolerance(units, labels)
    return {f"{PREFIX}{name}": value for name, value in found.items()}
