"""From a description to a `SequenceDataset`: read or generate, filter, number."""

from pathlib import Path
from typing import Any

import numpy as np

from core.errors import UserError
from datasets.assembly.digest import digest
from datasets.description import LINES, FileSequences, GeneratedSequences, Table
from datasets.download import file_digest
from datasets.generators import generate_sequences
from datasets.interactions import Interactions, in_time_order, k_core, with_rows_only, without_repeats
from datasets.readers import read_interactions, read_user_lines
from datasets.sequences import SequenceDataset

_LATER = ("missing", "header")
"""Keys that came after the first data sets had their checksums."""


def sequences_from_file(name: str, description: FileSequences, folder: Path) -> SequenceDataset:
    """Return the log whose file (verified where it has a checksum) lies in `folder`.

    Items are numbered in the order of their ids, so that a file which numbers them from 1 without gaps keeps
    its numbers. Raises UserError where the file is malformed or the filter leaves nothing.
    """
    path, table = folder / description.file, description.table
    log = in_time_order(_read(path, description))
    if table.duplicates == "drop":
        log = without_repeats(log)
    log = k_core(log, table.min_interactions)
    if not len(log.users):
        raise UserError(
            f"{path}: min_interactions {table.min_interactions} leaves nothing: no part of the log has that many "
            "interactions a user and an item; lower it"
        )
    log = with_rows_only(log)
    checksum = description.files.get(description.file) or file_digest(path)
    return SequenceDataset(
        name=name,
        items=log.items + 1,
        offsets=_offsets(log.users, len(log.user_ids)),
        times=log.times,
        user_ids=log.user_ids,
        item_ids=log.item_ids,
        checksum=digest([checksum, description.suffix, _recipe(table)]),
    )


def generated_sequences(name: str, description: GeneratedSequences) -> SequenceDataset:
    """Return the log that the description's generator makes."""
    made = generate_sequences(description.generator, description.parameters)
    return SequenceDataset(
        name=name,
        items=made.items,
        offsets=made.offsets,
        times=None,
        user_ids=np.arange(1, len(made.offsets)),
        item_ids=np.arange(1, made.num_items + 1),
        checksum=digest([description.generator, made.recipe]),
        best_hit_rates=made.best_hit_rates,
    )


def _read(path: Path, description: FileSequences) -> Interactions:
    if description.suffix in LINES:
        return read_user_lines(path)
    table = description.table
    return read_interactions(
        path,
        table.user,
        table.item,
        table.time,
        table.separator,
        header=table.header,
        drop_missing=table.missing == "drop",
    )


def _recipe(table: Table) -> dict[str, Any]:
    """Return what the log depends on; a key that came later only where it is used, so that checksums stay."""
    return table.model_dump(exclude={key for key in _LATER if getattr(table, key) == Table.model_fields[key].default})


def _offsets(users: np.ndarray, count: int) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.bincount(users, minlength=count))])
