"""Tables in Parquet files."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from core.errors import UserError


class ParquetFile:
    """A table whose columns have the types that the file says. Raises UserError where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = pa.parquet.ParquetFile(path)
        except FileNotFoundError as error:
            raise UserError(f"{path}: no such file") from error
        except (pa.ArrowException, OSError) as error:
            raise UserError(f"{path}: truncated, or no Parquet file ({error}); fetch it again") from error
        self.names: list[str] = self._file.schema_arrow.names
        """The columns' names, in the order of the file."""

    def columns(self, names: Sequence[str]) -> list[pa.ChunkedArray]:
        """Return these columns. Raises UserError where the file is damaged."""
        try:
            table = self._file.read(columns=list(names))
        except (pa.ArrowException, OSError) as error:
            raise UserError(f"{self.path}: damaged ({error}); fetch it again") from error
        return [table.column(name) for name in names]

    def place(self, row: int) -> str:
        """Return where row number `row` (from 0) stands."""
        return f"row {row + 1}"
