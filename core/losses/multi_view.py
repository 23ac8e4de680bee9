"""MV-InfoNCE and MV-DHEL: one contrastive term an instance, over all of its views at once."""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.losses.blockwise import block_rows, blockwise_mean
from core.losses.info_nce import check_views
from core.losses.other_instances import mean_log_sum_of_others


def mv_info_nce(
    views: Sequence[Tensor], *, temperature: float, within_views: bool = False, block: int | None = None
) -> Tensor:
    """Return MV-InfoNCE between views whose rows i show the same instance.

    ``mean_i -log( sum_{l, m != l} exp(u_il.u_im / t) / sum_{l, m != l, j} exp(u_il.u_jm / t) )``, with l and m the
    views and j all instances, i among them (Koromilas et al., *A Principled Framework for Multi-View Contrastive
    Learning*, arXiv 2507.06979, as their repository's README states it).

    With two views a and o it is the InfoNCE ``mean_i -log( exp(a_i.o_i / t) / D_i )`` whose ``D_i`` is the mean of the
    denominators of both directions, ``(sum_j exp(a_i.o_j / t) + sum_j exp(a_j.o_i / t)) / 2``. It thus equals
    ``(info_nce(a, o) + info_nce(o, a)) / 2`` where these two agree for every instance, and exceeds it elsewhere, since
    the logarithm of a mean exceeds the mean of logarithms.

    Args:
        views: two or more views; normalise their rows for cosine similarity.
        temperature: positive scale of the similarities.
        within_views: whether an instance also repels the others of the same view, as in the code that the authors
            released (m runs over all views, and only a row's score with itself is left out). With two views the
            denominators averaged are then those of NT-Xent.
        block: instances a block; memory is O(V^2 N x block), the result does not depend on it.

    Shapes:
        views: V of N x d -> scalar.

    Raises:
        ValueError: when there are fewer than two views, shapes disagree, there are no rows, or temperature or block
            size are not positive.

    >>> views = [torch.eye(4)] * 3
    >>> round(mv_info_nce(views, temperature=1.0).item(), 4)  # log(e + 3) - 1
    0.7437
    """
    _check(views, temperature)
    count = len(views)

    def denominator(rows: Tensor, own: Tensor, *columns: Tensor) -> Tensor:
        anchors, places = rows / temperature, torch.arange(len(rows), device=rows.device)
        found = []
        for view, column in enumerate(columns):
            if within_views:
                scores = column @ anchors.flatten(0, 1).T  # N x (b V)
                scores[own, places * count + view] = -torch.inf
            else:
                others = torch.cat([anchors[:, :view], anchors[:, view + 1 :]], dim=1)
                scores = column @ others.flatten(0, 1).T
            found.append(scores.logsumexp(dim=0).view(len(rows), -1))
        return torch.cat(found, dim=1).logsumexp(dim=1)

    with torch.autocast(views[0].device.type, enabled=False):
        rows = torch.stack(list(views), dim=1)
        numbers = torch.arange(len(rows), device=rows.device)
        block = block_rows(count * count * len(rows), block)
        energy = blockwise_mean(denominator, [rows, numbers], views, block=block)
        return energy - _mean_log_positives(rows, temperature)


def mv_dhel(views: Sequence[Tensor], *, temperature: float, block: int | None = None) -> Tensor:
    """Return MV-DHEL, the decoupled loss between views whose rows i show the same instance.

    ``mean_i -log( sum_{l, m != l} exp(u_il.u_im / t) / prod_l sum_{j != i} exp(u_il.u_jl / t) )`` with l and m the
    views (the same paper and README). Views attract each other in the numerator alone and spread, each by itself, in
    the denominator, which takes V products of N x N instead of V^2. The README's j runs over all instances; that i is
    left out follows the authors' code and DHEL, which this extends (Koromilas et al., *Bridging Mini-Batch and
    Asymptotic Analysis in Contrastive Learning*, ICML 2024).

    Args:
        views: two or more views; normalise their rows for cosine similarity.
        temperature: positive scale of the similarities.
        block: rows a block; memory is O(N x block), the result does not depend on it.

    Shapes:
        views: V of N x d, N at least 2 -> scalar.

    Raises:
        ValueError: as :func:`mv_info_nce`, and when there are no negatives.

    >>> views = [torch.eye(4)] * 3
    >>> round(mv_dhel(views, temperature=1.0).item(), 4)  # 3 log(3) - log(6) - 1
    0.5041
    """
    _check(views, temperature)
    scale = temperature**-0.5
    energies = [mean_log_sum_of_others(view * scale, len(view), block=block) for view in views]
    with torch.autocast(views[0].device.type, enabled=False):
        return torch.stack(energies).sum() - _mean_log_positives(torch.stack(list(views), dim=1), temperature)


def _mean_log_positives(rows: Tensor, temperature: float) -> Tensor:
    """Return ``mean_i log sum_{l, m != l} exp(u_il.u_im / t)``: N x V x d -> scalar."""
    scores = (rows / temperature) @ rows.transpose(1, 2)  # N x V x V
    same = torch.eye(rows.shape[1], dtype=torch.bool, device=rows.device)
    return scores.masked_fill(same, -torch.inf).logsumexp(dim=(1, 2)).mean()


def _check(views: Sequence[Tensor], temperature: float) -> None:
    """Refuse fewer than two views and what :func:`check_views` refuses of any two (ValueError)."""
    if len(views) < 2:
        raise ValueError(f"the loss compares two views at least, got {len(views)}")
    for view in views[1:]:
        check_views(views[0], view, temperature)
