"""Categories as features: one-hot, sparse."""

import numpy as np
import pyarrow as pa
import scipy.sparse as sp


def categorical_features(texts: pa.Array, most: int) -> sp.csr_matrix:
    """Return a one in the column of each row's category.

    The `most` frequent categories have a column each, in the order of their first rows; all others share one, and
    so do rows without a category, if there are any. Where all rows have the same, nothing is said: no column.

    Shapes:
        texts: N -> N x categories, float32.
    """
    encoded = texts.dictionary_encode()
    missing = encoded.indices.is_null().to_numpy(zero_copy_only=False)
    codes = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    counts = np.bincount(codes[~missing], minlength=len(encoded.dictionary))
    ranks = np.empty(len(counts), dtype=np.int64)
    ranks[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    kept = ranks < most
    place = np.where(kept, np.cumsum(kept) - 1, kept.sum())
    columns = np.where(missing, kept.sum() + 1, place[codes] if len(place) else 0)
    used, columns = np.unique(columns, return_inverse=True)
    if len(used) < 2:
        return sp.csr_matrix((len(texts), 0), dtype=np.float32)
    ones = np.ones(len(texts), dtype=np.float32)
    return sp.csr_matrix((ones, columns, np.arange(len(texts) + 1)), shape=(len(texts), len(used)))
