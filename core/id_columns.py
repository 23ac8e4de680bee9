"""Raw ids as columns of Arrow tables."""

import numpy as np
import pyarrow as pa


def id_type(ids: np.ndarray) -> pa.DataType:
    """Return the type of a column of such ids: integers stay integers, anything else is text."""
    return pa.from_numpy_dtype(ids.dtype) if ids.dtype.kind in "iu" else pa.string()


def id_column(ids: np.ndarray) -> pa.Array:
    """Return ids (N,) as a column."""
    return pa.array(ids if ids.dtype.kind in "iu" else ids.astype(str).astype(object), id_type(ids))
