"""Lists of ids: a column of a table, or a text with an id a line."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute

from core.errors import UserError
from datasets.readers.table import TABLES, check_column, open_table, text_columns


@dataclass(frozen=True, eq=False)
class IdList:
    """Ids (N,), as text, and where in the file number `n` of them, from 0, stands: `place(n)`."""

    path: Path
    ids: np.ndarray
    place: Callable[[int], str]


def read_ids(path: Path, column: str | None = None) -> IdList:
    """Return the ids of a `.csv`, `.tsv`, `.inter` or `.parquet` table, or of a `.txt` with one a line.

    Of a table that has more than one column, `column` must be given. Whole numbers read 7, however they are stored.
    Raises UserError naming the line that has no id, and for a file without ids.
    """
    if path.suffix.lower() not in TABLES:
        found = _lines(path, column)
    else:
        file = open_table(path)
        if column is None and len(file.names) > 1:
            raise UserError(f"{path}: several columns ({', '.join(file.names)}); add --users-column NAME")
        wanted = file.names[0] if column is None else column
        check_column(file, wanted)
        (texts,) = text_columns(file, [wanted])
        if texts.null_count:
            row = pa.compute.index(texts.is_null(), pa.scalar(True)).as_py()
            raise UserError(f"{path}, {file.place(row)}: no id; fill it in or remove the row")
        found = IdList(path, np.array(texts.to_pylist(), dtype=np.str_), file.place)
    if not len(found.ids):
        raise UserError(f"{path}: holds no id")
    return found


def _lines(path: Path, column: str | None) -> IdList:
    if path.suffix.lower() != ".txt":
        raise UserError(f"{path}: expected a table ({', '.join(TABLES)}) or a .txt with an id a line")
    if column is not None:
        raise UserError(f"{path}: a text with an id a line has no column {column!r}")
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as text ({error})") from None
    numbers = [number for number, line in enumerate(lines, start=1) if line]
    return IdList(
        path, np.array([line for line in lines if line], dtype=np.str_), lambda place: f"line {numbers[place]}"
    )
