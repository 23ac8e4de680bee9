"""Free text as features: a bag of its words, weighted by tf-idf."""

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer


def text_features(texts: pa.Array, most: int) -> sp.csr_matrix:
    """Return tf-idf weights of the `most` frequent words, rows of length 1, and a column that marks missing text.

    Words are runs of two or more letters or digits of any script, in lower case.

    Shapes:
        texts: N -> N x words (and 1, if some but not all rows are missing), float32.
    """
    missing = texts.is_null().to_numpy(zero_copy_only=False)
    vectorizer = TfidfVectorizer(max_features=most, sublinear_tf=True, dtype=np.float32)
    try:
        words = vectorizer.fit_transform(texts.fill_null("").to_pylist())
    except ValueError:  # not a single word
        words = sp.csr_matrix((len(texts), 0), dtype=np.float32)
    if not missing.any() or missing.all():
        return sp.csr_matrix(words)
    return sp.hstack([words, sp.csr_matrix(missing[:, None].astype(np.float32))], format="csr")
