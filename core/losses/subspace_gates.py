"""Contrast in subspaces: any two classes are alike in some directions, and a gate for the pair says in which."""

import torch
from torch import Tensor, nn

from core.losses.blockwise import blockwise_mean
from core.losses.info_nce import check_views

SMALLEST = 1e-24
"""The least squared length that a gated row is divided by."""


class SubspaceGates(nn.Module):
    """The gate of a pair of classes: ``g(a, b) = sigmoid( MLP( (E_a + E_b) / 2 ) )``, the same for (b, a).

    Source: as :func:`gated_contrast`. E is an embedding of the classes, the network a ReLU and one hidden layer; the
    authors' batch normalisation is left out, so that a pair's gate does not depend on what other pairs a batch holds.

    Args:
        classes: how many classes (labels, or clusters whose numbers keep their meaning) there are.
        width: d, the width of the views.
        embedding, hidden: widths of E and of the hidden layer.

    Raises:
        ValueError: when a size is not positive.

    Shapes:
        first, second: N class numbers each -> N x d, each entry between 0 and 1.
    """

    def __init__(self, classes: int, width: int, *, embedding: int = 64, hidden: int = 128) -> None:
        super().__init__()
        if min(classes, width, embedding, hidden) < 1:
            raise ValueError(f"sizes must be positive, got {(classes, width, embedding, hidden)}")
        self.embedding = nn.Embedding(classes, embedding)
        self.network = nn.Sequential(nn.ReLU(), nn.Linear(embedding, hidden), nn.ReLU(), nn.Linear(hidden, width))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the gates of N pairs of classes."""
        return self.network((self.embedding(first) + self.embedding(second)) / 2).sigmoid()


def gated_contrast(
    anchor: Tensor,
    other: Tensor,
    gates: Tensor,
    labels: Tensor,
    partners: Tensor,
    *,
    temperature: float,
    block: int | None = None,
) -> Tensor:
    """Return the contrast of each anchor with a partner class, within the subspace that the pair's gate selects.

    With ``s_ij = cos(g_i * a_i, g_i * o_j) / t``, the mean over all pairs of an anchor i and a row p of its partner
    class of ``-log( exp(s_ip) / (exp(s_ip) + sum_n exp(s_in)) )``, where n runs over the rows that are neither of the
    anchor's class nor of the partner's (Wu et al., *Rethinking Positive Pairs in Contrastive Learning*, 2024, arXiv
    2410.18200, in the form of the authors' code). An anchor whose partner class has no row has no part in the mean.

    ``|g_i * o_j|^2`` is the product of the squares of ``g_i`` and ``o_j``, so that two matrix products give all
    cosines and no N x N x d tensor is needed. Lengths of rows do not matter. With gates that are all alike and each row
    a class of its own and its own partner, this is InfoNCE of the cosines.

    Args:
        anchor, other: the two views, whose rows i are the same point.
        gates: the gate of each anchor's class and its partner class, positive (:class:`SubspaceGates`).
        labels: the class of each point, a number from 0.
        partners: the class that each anchor is to resemble.
        temperature: positive scale of the cosines.
        block: rows a block; memory is O(N x block), the result does not depend on it.

    Shapes:
        anchor, other, gates: N x d; labels, partners: N, integers -> scalar.

    Raises:
        ValueError: when shapes disagree, or temperature or block size are not positive.

    >>> views, numbers = torch.eye(4), torch.arange(4)
    >>> loss = gated_contrast(views, views, torch.ones(4, 4), numbers, numbers, temperature=1.0)
    >>> round(loss.item(), 4)  # log(e + 3) - 1
    0.7437
    """
    check_views(anchor, other, temperature)
    if gates.shape != anchor.shape:
        raise ValueError(f"expected gates of shape {tuple(anchor.shape)}, got {tuple(gates.shape)}")
    if labels.shape != anchor.shape[:1] or partners.shape != anchor.shape[:1]:
        shapes = tuple(labels.shape), tuple(partners.shape)
        raise ValueError(f"expected labels and partners of shape {tuple(anchor.shape[:1])}, got {shapes}")
    # Far below every cosine, yet finite: a row without negatives shall have a loss, and a gradient, of 0.
    nothing = torch.finfo(anchor.dtype).min / 4

    def loss(rows: Tensor, mine: Tensor, wanted: Tensor, columns: Tensor, squares: Tensor, classes: Tensor) -> Tensor:
        lengths = (squares @ mine.square().T).clamp_min(SMALLEST)
        scores = (columns @ rows.T) * lengths.rsqrt() / temperature
        positive = classes[:, None] == wanted[:, 0]
        mask = positive | (classes[:, None] == wanted[:, 1])
        negatives = scores.masked_fill(mask, nothing).logsumexp(dim=0)
        return (positive * nn.functional.softplus(negatives - scores)).sum(dim=0)

    # Autocast would round the cosines before their exponentials are added up.
    with torch.autocast(anchor.device.type, enabled=False):
        gated = gates * anchor
        # g_i twice: once for each side of the product.
        rows = gates * gated * gated.square().sum(dim=1, keepdim=True).clamp_min(SMALLEST).rsqrt()
        wanted = torch.stack([partners, labels], dim=1)
        total = blockwise_mean(loss, [rows, gates, wanted], [other, other.square(), labels], block=block)
        return total * len(anchor) / _pairs(labels, partners).clamp_min(1).to(total.dtype)


def _pairs(labels: Tensor, partners: Tensor) -> Tensor:
    """Return the number of pairs of an anchor and a row of its partner class, without an N x N matrix: a scalar."""
    ordered = labels.sort().values
    return (torch.searchsorted(ordered, partners, right=True) - torch.searchsorted(ordered, partners)).sum()


class SubspaceContrast(nn.Module):
    """:func:`gated_contrast` with learnt gates, each anchor's partner class being that of another row of the batch.

    Args:
        classes, width, embedding, hidden: as :class:`SubspaceGates`.
        temperature: positive scale of the cosines.

    Shapes:
        anchor, other: N x width; labels, partners: N class numbers -> scalar.
    """

    def __init__(
        self, classes: int, width: int, *, temperature: float = 0.1, embedding: int = 64, hidden: int = 128
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.gates = SubspaceGates(classes, width, embedding=embedding, hidden=hidden)

    def forward(
        self,
        anchor: Tensor,
        other: Tensor,
        labels: Tensor,
        partners: Tensor | None = None,
        *,
        block: int | None = None,
    ) -> Tensor:
        """Return the loss; without ``partners`` the batch's labels are dealt out anew, from torch's generator."""
        if partners is None:
            partners = labels[torch.randperm(len(labels), device=labels.device)]
        with torch.autocast(anchor.device.type, enabled=False):
            gates = self.gates(labels, partners).to(anchor.dtype)
        return gated_contrast(anchor, other, gates, labels, partners, temperature=self.temperature, block=block)
