"""Multistage contrast: each stage tells apart what the stages before it have confused."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from core.losses.blockwise import blockwise_mean
from core.losses.info_nce import check_views, mean_positive


def cluster_info_nce(
    anchor: Tensor, other: Tensor, clusters: Tensor, *, temperature: float, block: int | None = None
) -> Tensor:
    """Return InfoNCE whose negatives are only those of the anchor's cluster in the stages before.

    ``mean_i -log( exp(a_i.o_i / t) / sum_{j: c_j = c_i} exp(a_i.o_j / t) )`` (Zhang et al., *Learning the Unlearned:
    Mitigating Feature Suppression in Contrastive Learning*, ECCV 2024, arXiv 2402.11816: feature-aware negative
    sampling). Within a cluster the features that made it are alike, so that telling its members apart takes others.
    A row alone in its cluster has no negatives and adds 0. With one cluster it is InfoNCE.

    Args:
        anchor, other: the two views; normalise their rows for cosine similarity.
        clusters: the cluster of every row; that of several stages by :func:`refine`.
        temperature: positive scale of the similarities.
        block: rows a block; memory is O(N x block), the result does not depend on it.

    Shapes:
        anchor, other: N x d; clusters: N, integers -> scalar.

    Raises:
        ValueError: when shapes disagree or temperature or block size are not positive.

    >>> views = torch.eye(4)
    >>> loss = cluster_info_nce(views, views, torch.tensor([0, 0, 1, 1]), temperature=1.0)
    >>> round(loss.item(), 4)  # log(e + 1) - 1
    0.3133
    """
    check_views(anchor, other, temperature)
    if clusters.shape != anchor.shape[:1]:
        raise ValueError(f"expected {len(anchor)} cluster numbers, got shape {tuple(clusters.shape)}")

    def denominator(rows: Tensor, own: Tensor, columns: Tensor, all_clusters: Tensor) -> Tensor:
        scores = columns @ (rows / temperature).T
        return scores.masked_fill(all_clusters[:, None] != own, -torch.inf).logsumexp(dim=0)

    total = blockwise_mean(denominator, [anchor, clusters], [other, clusters], block=block)
    return total - mean_positive(anchor, other, temperature)


def refine(assignments: Tensor) -> Tensor:
    """Return the number of each row's cell: rows share one where they share the cluster of every stage.

    Source: as :func:`cluster_info_nce`; the authors' code numbers the cells by the clusters as digits, here they are
    numbered from 0 without gaps. To be called once a stage: the host waits for the number of cells.

    Shapes:
        assignments: S x N, integers -> N, int64.

    Raises:
        ValueError: when it is not a table of at least one stage.

    >>> refine(torch.tensor([[0, 0, 5, 5], [1, 2, 1, 1]])).tolist()
    [0, 1, 2, 2]
    """
    if assignments.dim() != 2 or len(assignments) == 0:
        raise ValueError(f"expected assignments of shape S x N, got {tuple(assignments.shape)}")
    cells: Tensor = torch.unique(assignments, dim=1, return_inverse=True)[1]
    return cells


def join_stages(stages: Sequence[Tensor], *, unit: bool = True) -> Tensor:
    """Return the embeddings of all stages side by side: what one stage learnt the next need not keep.

    Source: as :func:`cluster_info_nce`, cross-stage representation integration.

    Args:
        stages: each stage's embeddings of the same rows; widths may differ.
        unit: bring each stage's rows to length 1 first, so that all weigh alike; dot products of the result are then
            sums of the stages' cosines.

    Shapes:
        stages: N x d_s each -> N x (sum of d_s).

    Raises:
        ValueError: when there are no stages, or their rows differ in number.

    >>> join_stages([torch.tensor([[3.0, 4.0]]), torch.tensor([[2.0]])]).tolist()
    [[0.6000000238418579, 0.800000011920929, 1.0]]
    """
    shapes = [tuple(stage.shape) for stage in stages]
    if not shapes or any(len(shape) != 2 or shape[0] != shapes[0][0] for shape in shapes):
        raise ValueError(f"expected stages of the same N rows, got {shapes}")
    return torch.cat([functional.normalize(stage, dim=1) if unit else stage for stage in stages], dim=1)
