"""`recommend` for many users: block by block into a Parquet table, so that memory does not grow with the users."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from rich.console import Console

import datasets
from core.atomic import atomic_file
from core.bulk_recommending import BulkRecommender
from core.command_line.output_files import check_output, make_room
from core.command_line.tables import say
from core.errors import UserError
from core.id_columns import id_column, id_type
from core.progress import count_bar

BLOCK = 8192
"""Users whose lists are held at a time."""


@dataclass(frozen=True)
class Users:
    """Whom to recommend to: everyone (without a file), or the users that a file lists.

    `skip_unknown` leaves out those that the data do not hold, which are a mistake otherwise.
    """

    file: Path | None = None
    column: str | None = None
    skip_unknown: bool = False


def check_wish(users: Users | None, output: Path | None, *, overwrite: bool, others: bool) -> tuple[Users, Path]:
    """Return whom to recommend to and the table to write.

    Raises UserError where one of the two is missing, where there are also `others` to recommend to, and unless a
    Parquet table can be written there.
    """
    if users is None:
        raise UserError("--output takes the lists of many users: add --all-users, or --users-file FILE")
    if output is None:
        raise UserError("the lists of many users go into a table: add --output FILE.parquet")
    if others:
        raise UserError("--user and --history are answered on the screen: leave them out, or --output")
    if output.suffix.lower() != ".parquet":
        raise UserError(f"--output {output}: expected a file that ends in .parquet")
    check_output(output, overwrite=overwrite)
    return users, output


def write_recommendations(
    console: Console,
    task: BulkRecommender,
    dataset: datasets.SequenceDataset,
    users: Users,
    top: int,
    filter_seen: bool | None,
    output: Path,
) -> None:
    """Write a row for each user and place in the user's list: the columns user, rank (from 1), item and score.

    The users stand in the order of the file, each once, or of the data. Where fewer than `top` items are left for
    someone, the list is shorter. Raises UserError naming the line of a user that the data do not hold.
    """
    rows, left_out = _rows_of(users, dataset)
    schema = pa.schema(
        {
            "user": id_type(dataset.user_ids),
            "rank": pa.int32(),
            "item": id_type(dataset.item_ids),
            "score": pa.float32(),
        }
    )
    make_room(output)
    started, written = time.perf_counter(), 0
    with (
        count_bar(console, "users", len(rows)) as count,
        atomic_file(output) as file,
        pa.parquet.ParquetWriter(file, schema) as writer,
    ):
        for part in _blocks(rows):
            numbers, scores = task.rank_items(part, top, filter_seen=filter_seen)
            table = _table(dataset, part, numbers.cpu().numpy(), scores.cpu().numpy(), schema)
            writer.write_table(table)
            written += len(table)
            count(len(part))
    seconds = time.perf_counter() - started
    say(console, f"{written} rows for {len(rows)} users in {output} ({seconds:.1f} s){left_out}")


def _rows_of(users: Users, dataset: datasets.SequenceDataset) -> tuple[np.ndarray, str]:
    """Return the users' places in the data, and a note on those that were left out."""
    if users.file is None:
        return np.arange(dataset.num_users), ""
    listed = datasets.read_ids(users.file, users.column)
    rows = pd.Index(dataset.user_ids.astype(str), dtype=object).get_indexer(listed.ids.astype(object))
    unknown = np.flatnonzero(rows < 0)
    if len(unknown) and not users.skip_unknown:
        first = int(unknown[0])
        try:
            dataset.user_number(str(listed.ids[first]))
        except UserError as error:
            more = f" ({len(unknown)} of {len(rows)} are unknown)" if len(unknown) > 1 else ""
            raise UserError(
                f"{listed.path}, {listed.place(first)}: {error}{more}; --skip-unknown leaves such users out"
            ) from None
    known = pd.unique(rows[rows >= 0])
    if not len(known):
        raise UserError(f"{listed.path}: lists no user of {dataset.name}")
    return known, f"; {len(unknown)} unknown left out" if len(unknown) else ""


def _blocks(rows: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(rows), BLOCK):
        yield rows[start : start + BLOCK]


def _table(
    dataset: datasets.SequenceDataset, rows: np.ndarray, numbers: np.ndarray, scores: np.ndarray, schema: pa.Schema
) -> pa.Table:
    """Return the lists of users as a table; numbers and scores are B x k, number 0 is where no item is left."""
    user, place = np.nonzero(numbers)
    columns = [
        id_column(dataset.user_ids[rows[user]]),
        pa.array(place + 1, pa.int32()),
        id_column(dataset.item_ids[numbers[user, place] - 1]),
        pa.array(scores[user, place], pa.float32()),
    ]
    return pa.Table.from_arrays(columns, schema=schema)
