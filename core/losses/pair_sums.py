"""tanh of every pairwise sum as a short matrix product: the trick that makes a pair network cheap."""

import math

import torch
from torch import Tensor

MAX_NODES = 96
"""Beyond this many nodes the product costs more than evaluating tanh pair by pair."""


def separable_tanh(row_sums: Tensor, column_sums: Tensor, outer: Tensor) -> tuple[Tensor, Tensor] | None:
    """Factor ``g_ij = sum_k v_k tanh(a_ik + b_jk)`` as ``F @ G.T``, to the rounding of the dtype.

    For a fixed i the function ``y -> tanh(a_ik + y)`` is analytic in the strip ``|Im y| < pi / 2``. Its Chebyshev
    expansion over the interval of half-width B that the ``b_jk`` fill therefore converges like ``rho^-n`` with
    ``rho = s + sqrt(s^2 + 1)``, ``s = (pi / 2) / B`` (Trefethen, *Approximation Theory and Approximation
    Practice*, theorem 8.2). ``n`` terms make ``F`` of tanh's coefficients and ``G`` of Chebyshev polynomials,
    both differentiable, and a GEMM of inner size h x n replaces N x N x h evaluations of tanh. The number of terms
    follows from B, which costs one host-device synchronisation.

    Args:
        row_sums: a, what the row's point gives to each hidden unit, bias included.
        column_sums: b, the same for the columns.
        outer: v, the weights of the hidden units.

    Shapes:
        row_sums: N x h; column_sums: M x h; outer: h -> F: N x (h n), G: M x (h n).

    Returns:
        ``None`` when the columns spread so far that more than ``MAX_NODES`` terms would be needed.
    """
    with torch.no_grad():
        low, high = column_sums.aminmax(dim=0)
        centre = (low + high) / 2
        half = ((high - low) / 2).clamp_min(torch.finfo(column_sums.dtype).tiny ** 0.5)
        terms = _terms(float(half.max()), torch.finfo(column_sums.dtype).eps)
    if terms > MAX_NODES:
        return None
    count, hidden = row_sums.shape
    # The coefficients decay geometrically while the polynomials' slopes grow like n^2: in double precision each
    # coefficient keeps its relative accuracy, and with it the gradient of the columns.
    orders = torch.arange(terms, dtype=torch.float64, device=column_sums.device)
    angles = (orders + 0.5) * (math.pi / terms)
    nodes = centre.double()[:, None] + half.double()[:, None] * torch.cos(angles)  # h x n
    values = torch.tanh(row_sums.double()[:, :, None] + nodes)  # N x h x n
    transform = torch.cos(angles[:, None] * orders) * (2 / terms)
    transform[:, 0] /= 2
    rows = ((values * outer.double()[:, None]) @ transform).to(row_sums.dtype).reshape(count, hidden * terms)
    scaled = (column_sums - centre) / half
    columns = torch.stack(_polynomials(scaled, terms), dim=2)  # M x h x n
    return rows, columns.reshape(column_sums.shape[0], hidden * terms)


def _terms(half: float, eps: float) -> int:
    """Return how many Chebyshev terms reach ``eps`` for tanh on an interval of this half-width."""
    ratio = (math.pi / 2) / half
    if ratio > 1e6:
        return 2
    # Staying a little inside the strip of analyticity bounds tanh on the ellipse.
    rho = 1 + 0.9 * (ratio + math.sqrt(ratio * ratio + 1) - 1)
    return max(3, 2 + math.ceil(math.log(4 / eps) / math.log(rho)))


def _polynomials(x: Tensor, terms: int) -> list[Tensor]:
    """Return ``T_0(x) ... T_{terms-1}(x)`` by the three-term recurrence."""
    found = [torch.ones_like(x), x]
    while len(found) < terms:
        found.append(2 * x * found[-1] - found[-2])
    return found[:terms]
