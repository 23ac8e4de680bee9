"""Numbers as features: standardised, gaps filled by the mean and marked."""

import numpy as np
import scipy.sparse as sp


def numeric_features(values: np.ndarray) -> sp.csr_matrix:
    """Return (x - mean) / deviation, 0 where there is no number, and a column of ones there if there are such rows.

    Numbers that are all the same say nothing and give no column of their own.

    Shapes:
        values: N float64, NaN where missing -> N x (0, 1 or 2), float32.
    """
    missing = np.isnan(values)
    columns = []
    known = values[~missing]
    if len(known) and known.min() < known.max():
        # Scaled first, so that squares of large numbers (nanoseconds, say) stay finite.
        scaled = (values - known.min()) / (known.max() - known.min())
        standardised = (scaled - scaled[~missing].mean()) / scaled[~missing].std()
        columns.append(np.where(missing, 0.0, standardised))
    if missing.any() and not missing.all():
        columns.append(missing.astype(np.float64))
    stacked = np.stack(columns, axis=1) if columns else np.zeros((len(values), 0))
    return sp.csr_matrix(stacked.astype(np.float32))
