"""Embeddings for TensorBoard's projector: a folder that `tensorboard --logdir` shows in three dimensions."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

from core.atomic import atomic_folder
from core.errors import UserError
from core.id_columns import id_column

TENSORS, METADATA, CONFIG = "tensors.tsv", "metadata.tsv", "projector_config.pbtxt"


def write_projector(vectors: np.ndarray, columns: Mapping[str, np.ndarray], path: Path) -> None:
    """Write a folder of three files, whole or not at all; a projector's folder that is there is replaced.

    `columns` say what a point is: its id, and what it may be coloured by. The format has no way to write tabs, line
    breaks and double quotes, which become blanks and single ones.

    Shapes:
        vectors: N x d; columns: N each, at least one.

    Raises:
        UserError: when the folder holds other files.
    """
    _check_replaceable(path)
    numbers = np.ascontiguousarray(vectors, dtype=np.float32)
    tensors = pa.table([pa.array(column) for column in numbers.T], [str(index) for index in range(numbers.shape[1])])
    labels = pa.table({_blank(name): _one_line(values) for name, values in columns.items()})
    # A single column has no header, more than one must have one.
    header = "\t".join(labels.column_names) + "\n" if labels.num_columns > 1 else ""
    with atomic_folder(path) as folder:
        _write_table(tensors, folder / TENSORS)
        _write_table(labels, folder / METADATA, header)
        (folder / CONFIG).write_text(
            "embeddings {\n"
            '  tensor_name: "embeddings"\n'
            f'  tensor_path: "{TENSORS}"\n'
            f"  tensor_shape: {numbers.shape[0]}\n"
            f"  tensor_shape: {numbers.shape[1]}\n"
            f'  metadata_path: "{METADATA}"\n'
            "}\n",
            encoding="utf-8",
        )


def _check_replaceable(path: Path) -> None:
    if path.is_dir():
        others = sorted(one.name for one in path.iterdir() if one.name not in (TENSORS, METADATA, CONFIG))
        if others:
            raise UserError(f"{path}: holds other files ({others[0]}); name a new folder")


def _write_table(table: pa.Table, path: Path, header: str = "") -> None:
    with path.open("wb") as file:
        file.write(header.encode())
        options = pa.csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
        pa.csv.write_csv(table, file, options)


def _one_line(values: np.ndarray) -> pa.Array:
    """Return a column of text without what the format gives a meaning: tabs, line breaks and double quotes."""
    texts = id_column(values).cast(pa.string())
    return pa.compute.replace_substring(pa.compute.replace_substring_regex(texts, r"[\t\n\v\f\r]", " "), '"', "'")


def _blank(name: str) -> str:
    return " ".join(name.split())
