"""How well k-means on an embedding finds known classes."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score


def clustering_agreement(
    vectors: np.ndarray, classes: np.ndarray, *, repeats: int = 10, seed: int = 0
) -> dict[str, float]:
    """Cluster with K = number of classes, several times, and compare with the classes.

    Args:
        repeats: runs of scikit-learn's k-means (10 starts each), with seeds ``seed``, ``seed + 1``, ...

    Shapes:
        vectors: N x d; classes: N integers.

    Returns:
        ``nmi`` (arithmetic normalisation) and ``ari``, means over the repeats, with ``nmi_std`` and ``ari_std``.
    """
    count = len(np.unique(classes))
    found = [KMeans(count, n_init=10, random_state=seed + repeat).fit_predict(vectors) for repeat in range(repeats)]
    nmi = [normalized_mutual_info_score(classes, one, average_method="arithmetic") for one in found]
    ari = [adjusted_rand_score(classes, one) for one in found]
    return {
        "nmi": float(np.mean(nmi)),
        "nmi_std": float(np.std(nmi)),
        "ari": float(np.mean(ari)),
        "ari_std": float(np.std(ari)),
    }
