"""ProtoNCE: pull each point to its cluster's prototype, with a temperature of each prototype's own."""

import math

import torch
from torch import Tensor

from core.losses.blockwise import blockwise_mean


def prototype_concentration(similarity: Tensor, assignment: Tensor, clusters: int, *, temperature: float) -> Tensor:
    """Return each prototype's temperature: small for a dense cluster, with the given mean.

    ``phi_k = mean_{i in k} sqrt(s_i) / log(n_k + 5)``; clusters of fewer than two nodes take the largest value,
    values are clipped to their 10th..90th percentile and rescaled to mean ``temperature`` (Li et al., *Prototypical
    Contrastive Learning of Unsupervised Representations*, 2021, equation 12, in the form of MEOW's public code,
    which takes similarities where that paper takes distances). Negative similarities count as 0.

    Args:
        similarity: similarity of every point to its own centroid.
        assignment: the cluster of every point.
        clusters: K.
        temperature: mean of the result.

    Shapes:
        similarity, assignment: N -> K.
    """
    size = torch.zeros(clusters, dtype=similarity.dtype, device=similarity.device)
    size.index_add_(0, assignment, torch.ones_like(similarity))
    spread = torch.zeros_like(size).index_add_(0, assignment, similarity.clamp_min(0).sqrt())
    phi = spread / size.clamp_min(1) / torch.log(size + 5)
    phi = torch.where(size > 1, phi, phi.where(size > 1, phi.new_zeros(())).max())
    low, high = torch.quantile(phi, torch.linspace(0.1, 0.9, 2, dtype=phi.dtype, device=phi.device))
    phi = phi.clamp(low, high)
    mean = phi.mean()
    # All zero (no cluster of two, or no positive similarity): every prototype takes the plain temperature.
    return torch.where(mean > 0, phi * (temperature / mean.clamp_min(1e-12)), torch.full_like(phi, temperature))


def proto_nce(
    anchor: Tensor, prototypes: Tensor, assignment: Tensor, concentration: Tensor, *, block: int | None = None
) -> Tensor:
    """Return ``mean_i -log( exp(a_i.c_k(i) / phi_k(i)) / ((N / K) sum_k exp(a_i.c_k / phi_k)) )``.

    Source: the prototype term of MEOW (arXiv 2212.13847) for one clustering; the factor N / K shifts the value
    and leaves the gradient alone.

    Args:
        anchor: the view that is pulled; the only argument that needs gradients.
        prototypes: unit-norm centroids.
        assignment: the cluster of every point.
        concentration: each prototype's temperature (:func:`prototype_concentration`).
        block: rows a block; memory is O(K x block).

    Shapes:
        anchor: N x d; prototypes: K x d; assignment: N; concentration: K -> scalar.

    >>> anchor = torch.eye(2)
    >>> loss = proto_nce(anchor, torch.eye(2), torch.tensor([0, 1]), torch.ones(2))
    >>> round(loss.item(), 4)  # log(e + 1) - 1
    0.3133
    """
    count, clusters = anchor.shape[0], prototypes.shape[0]
    scaled = prototypes / concentration[:, None]

    def loss(rows: Tensor, own: Tensor, columns: Tensor) -> Tensor:
        scores = rows @ columns.T
        return torch.logsumexp(scores, dim=1) - scores.gather(1, own[:, None]).squeeze(1)

    return blockwise_mean(loss, [anchor, assignment], [scaled], block=block) + math.log(count / clusters)
