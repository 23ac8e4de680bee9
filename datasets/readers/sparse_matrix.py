"""Sparse feature matrices as SciPy saves them, built again without SciPy's loader, which may unpickle."""

from pathlib import Path

import numpy as np
import scipy.sparse as sp

from core.errors import UserError
from datasets.readers.arrays import check_numeric, check_shape, not_finite, open_archive

_COMPRESSED = ("data", "indices", "indptr")
_PARTS = {"csr": _COMPRESSED, "csc": _COMPRESSED, "coo": ("data", "row", "col")}


def read_sparse(path: Path, num_nodes: int) -> sp.csr_matrix:
    """Return a finite float32 CSR matrix with `num_nodes` rows, sorted, without duplicates or stored zeros.

    Reads SciPy's csr, csc and coo archives. Raises UserError naming file (and row) for anything else.
    """
    arrays = open_archive(path)
    layout = _layout(path, arrays)
    missing = [part for part in (*_PARTS[layout], "shape") if part not in arrays]
    if missing:
        raise UserError(f"{path}: a {layout} matrix without the arrays {', '.join(missing)}")
    matrix = _build(path, layout, arrays)
    check_shape(path, matrix.shape, num_nodes)
    bad = np.flatnonzero(~np.isfinite(matrix.data))
    if len(bad):
        row = int(np.searchsorted(matrix.indptr, bad[0], side="right")) - 1
        raise not_finite(path, row, float(matrix.data[bad[0]]))
    matrix.eliminate_zeros()
    return matrix


def _layout(path: Path, arrays: dict[str, np.ndarray]) -> str:
    if "format" not in arrays or arrays["format"].size != 1:
        raise UserError(f"{path}: no sparse matrix saved by SciPy: the array 'format' is missing")
    value = arrays["format"].item()
    layout = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    if layout not in _PARTS:
        raise UserError(f"{path}: sparse format {layout!r} is not one of {', '.join(_PARTS)}")
    return layout


def _build(path: Path, layout: str, arrays: dict[str, np.ndarray]) -> sp.csr_matrix:
    check_numeric(path, arrays["data"])
    try:
        shape = tuple(int(size) for size in arrays["shape"])
        with np.errstate(over="ignore"):
            data = arrays["data"].astype(np.float32)
        if layout == "coo":
            matrix = sp.coo_matrix((data, (arrays["row"], arrays["col"])), shape=shape)
        else:
            make = sp.csr_matrix if layout == "csr" else sp.csc_matrix
            matrix = make((data, arrays["indices"], arrays["indptr"]), shape=shape)
            matrix.check_format(full_check=True)
        rows = matrix.tocsr()
        rows.sum_duplicates()
    except (ValueError, TypeError, OverflowError, IndexError) as error:
        raise UserError(f"{path}: the parts of the {layout} matrix do not fit together: {error}") from error
    return rows
