"""tanh of every pairwise sum as a short matrix product: the trick that makes a pair network cheap."""

import math

import torch
from torch import Tensor

MAX_TERMS = 96
"""Beyond this many Chebyshev terms evaluating tanh pair by pair is as fast."""
MIN_HALF_WIDTH = 0.1
"""Narrower ranges are widened: slopes over a vanishing range would drown in rounding."""


def separable_tanh(row_sums: Tensor, column_sums: Tensor, outer: Tensor) -> tuple[Tensor, Tensor] | None:
    """Factor ``g_ij = sum_k v_k tanh(a_ik + b_jk)`` as ``F @ G.T``, to the rounding of the dtype.

    ``tanh(x + y)`` is analytic in the strip ``|Im y| < pi / 2``. Its Chebyshev expansion over an interval of
    half-width B therefore converges like ``rho^-n`` with ``rho = s + sqrt(s^2 + 1)``, ``s = (pi / 2) / B``
    (Trefethen, *Approximation Theory and Approximation Practice*, theorem 8.2). For each hidden unit k, expanded in
    both variables over the ranges that the ``a_ik`` and ``b_jk`` fill, it is ``T(a)' C_k T(b)``; the singular value
    decomposition of the small matrix ``C_k`` leaves the few products of a function of a and a function of b that
    matter at this precision (five for ranges of width 0.6 in float32). A GEMM of inner size h x rank then replaces
    N x M x h evaluations of tanh, and ``F`` and ``G`` are differentiable. The ranges are read by the host: one
    synchronisation.

    Args:
        row_sums: a, what the row's point gives to each hidden unit, bias included.
        column_sums: b, the same for the columns.
        outer: v, the weights of the hidden units.

    Shapes:
        row_sums: N x h; column_sums: M x h; outer: h -> F: N x (h rank), G: M x (h rank).

    Returns:
        ``None`` when the sums spread so far that more than ``MAX_TERMS`` terms would be needed.
    """
    with torch.no_grad():
        extremes = torch.stack([*row_sums.aminmax(dim=0), *column_sums.aminmax(dim=0)]).double().cpu()
    eps = torch.finfo(row_sums.dtype).eps
    low, high = extremes[0::2], extremes[1::2]  # each 2 x h: of the rows, of the columns
    centre, half = (low + high) / 2, ((high - low) / 2).clamp_min(MIN_HALF_WIDTH)
    terms = _terms(float(half.max()), eps)
    if terms > MAX_TERMS:
        return None
    left, right = _factors(centre, half, terms, eps)
    device = row_sums.device
    # Double precision for these few numbers: slopes of T_n grow like n^2, and the gradient needs all its digits.
    scaled = [
        (sums.double() - c.to(device)) / h.to(device)
        for sums, c, h in zip((row_sums, column_sums), centre, half, strict=True)
    ]
    rows = torch.einsum("nkt,ktr,k->nkr", _polynomials(scaled[0], terms), left.to(device), outer.double())
    columns = torch.einsum("nkt,ktr->nkr", _polynomials(scaled[1], terms), right.to(device))
    return rows.flatten(1).to(row_sums.dtype), columns.flatten(1).to(column_sums.dtype)


def _terms(half: float, eps: float) -> int:
    """Return how many Chebyshev terms reach ``eps`` for tanh on an interval of this half-width."""
    ratio = (math.pi / 2) / half
    # Staying a little inside the strip of analyticity bounds tanh on the ellipse.
    rho = 1 + 0.9 * (ratio + math.sqrt(ratio * ratio + 1) - 1)
    if not rho > 1:  # the sums spread beyond all bounds, or are no numbers
        return MAX_TERMS + 1
    return max(3, 2 + math.ceil(math.log(4 / eps) / math.log(rho)))


def _factors(centre: Tensor, half: Tensor, terms: int, eps: float) -> tuple[Tensor, Tensor]:
    """Return L and R, each h x terms x rank, with ``tanh(x + y) = T(x)' L_k R_k' T(y)`` on the k-th ranges."""
    orders = torch.arange(terms, dtype=torch.float64)
    angles = (orders + 0.5) * (math.pi / terms)
    nodes = centre[..., None] + half[..., None] * torch.cos(angles)  # 2 x h x terms
    transform = torch.cos(angles[:, None] * orders) * (2 / terms)
    transform[:, 0] /= 2
    values = torch.tanh(nodes[0, :, :, None] + nodes[1, :, None, :])
    u, s, vh = torch.linalg.svd(transform.T @ values @ transform)
    # Slopes magnify what is cut off, so cut well below the rounding.
    rank = max(1, int((s > 0.02 * eps * s[:, :1]).sum(dim=1).max()))
    root = s[:, None, :rank].sqrt()
    return u[:, :, :rank] * root, vh[:, :rank].transpose(1, 2) * root


def _polynomials(x: Tensor, terms: int) -> Tensor:
    """Return ``T_0(x) ... T_{terms-1}(x)`` by the three-term recurrence, along a new last dimension."""
    found = [torch.ones_like(x), x]
    while len(found) < terms:
        found.append(2 * x * found[-1] - found[-2])
    return torch.stack(found[:terms], dim=-1)
