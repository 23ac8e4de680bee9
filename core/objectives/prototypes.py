"""The prototypes' part of ProtoNCE and of MEOW, over several clusterings."""

from collections.abc import Sequence

from torch import Tensor

from core.clustering import Clustering
from core.losses import proto_nce, prototype_concentration


def prototype_contrast(anchor: Tensor, clusterings: Sequence[Clustering], temperature: float) -> Tensor:
    """Return the mean over clusterings of :func:`core.losses.proto_nce`; the prototypes' temperatures average one.

    Shapes:
        anchor: N x d -> scalar.
    """
    total = anchor.new_zeros(())
    for one in clusterings:
        concentration = prototype_concentration(
            one.similarity, one.assignment, len(one.centroids), temperature=temperature
        )
        total = total + proto_nce(anchor, one.centroids, one.assignment, concentration)
    return total / len(clusterings)
