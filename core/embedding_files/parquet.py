"""Embeddings as a Parquet table: an id and a vector in every row."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from core.atomic import atomic_file
from core.id_columns import id_column


def write_parquet(ids: np.ndarray, vectors: np.ndarray, path: Path) -> None:
    """Write the columns `id`, integers or text as they come, and `vector`, lists of d float32, atomically.

    Shapes:
        ids: N; vectors: N x d.
    """
    numbers = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1))
    table = pa.table({"id": id_column(ids), "vector": pa.FixedSizeListArray.from_arrays(numbers, vectors.shape[1])})
    with atomic_file(path) as file:
        pa.parquet.write_table(table, file)
