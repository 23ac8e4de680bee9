"""RecBole: its atomic files, and its import beside a current NumPy, for which the `recbole` extra is needed."""

import csv
import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute

from core.errors import UserError
from datasets.sequences import SequenceDataset

_REMOVED = {
    "bool8": np.bool_,
    "float": float,
    "int": int,
    "complex": complex,
    "float_": np.float64,
    "complex_": np.complex128,
    "unicode_": np.str_,
    "string_": np.bytes_,
}
"""Names that RecBole 1.2 still takes from NumPy, which removed them in 1.24 and 2.0, and what they meant."""

MISSING = "RecBole is not installed; bring it with: pip install -e '.[recbole]'"
"""What to tell a user who asks for RecBole without having it."""


def import_recbole(module: str = "recbole") -> Any:
    """Return a module of RecBole, such as "recbole.evaluator".

    NumPy's removed aliases are restored first, for the whole process: RecBole reads them while it runs, too.
    Raises UserError where RecBole is missing.
    """
    for name, meaning in _REMOVED.items():
        if name not in vars(np):
            setattr(np, name, meaning)
    try:
        return importlib.import_module(module)
    except ImportError as error:
        if error.name == "recbole":
            raise UserError(MISSING) from error
        raise UserError(f"RecBole cannot be imported ({error}); mend it with: pip install -e '.[recbole]'") from error


def write_inter(dataset: SequenceDataset, path: Path) -> None:
    """Write an interaction log as RecBole's atomic file `.inter`, which `datasets.load` reads back.

    Users stand one after another, each user's items in time order. A log without times gets each interaction's place
    in its user's history, from 1. RecBole keeps times as 32-bit floats, so that seconds since 1970 come out minutes
    apart; its sort keeps the file's order where they then are the same.

    Raises:
        UserError: if `path` exists or does not end in `.inter`, or an id holds what parts the columns or lines.
    """
    if path.suffix != ".inter":
        raise UserError(f"{path}: RecBole reads interactions from files called NAME/NAME.inter; end the name so")
    if path.exists():
        raise UserError(f"{path}: exists already; choose another name, or remove it")
    users = np.repeat(np.arange(dataset.num_users), dataset.lengths)
    places = np.arange(1, dataset.num_interactions + 1) - dataset.offsets[users]
    columns = {
        "user_id:token": _tokens(dataset.user_ids, "user")[users],
        "item_id:token": _tokens(dataset.item_ids, "item")[dataset.items - 1],
        "timestamp:float": places if dataset.times is None else dataset.times,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            # Quotes mean nothing in atomic files.
            pd.DataFrame(columns).to_csv(stream, sep="\t", index=False, quoting=csv.QUOTE_NONE, lineterminator="\n")
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _tokens(ids: np.ndarray, what: str) -> np.ndarray:
    texts = ids.astype(str)
    column = pa.array(texts)
    changed = pa.compute.not_equal(pa.compute.utf8_trim_whitespace(column), column)
    bad = column.filter(pa.compute.or_(changed, pa.compute.match_substring_regex(column, '^$|[\t\r\n"]')))
    if len(bad):
        raise UserError(
            f"{what} id {bad[0].as_py()!r} cannot stand in an atomic file, where blanks around it are lost and tabs, "
            "line ends and double quotes part or wrap values; rename it in the data"
        )
    return texts
