"""Tables in Parquet files."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from core.errors import UserError

_DAMAGES = (pa.ArrowException, OSError, UnicodeDecodeError, KeyError)
"""What reading a damaged file raises: the last two where names of columns are broken."""


class ParquetFile:
    """A table whose columns have the types that the file says. Raises UserError where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = pa.parquet.ParquetFile(path)
            self.names: list[str] = self._file.schema_arrow.names
            """The columns' names, in the order of the file."""
        except FileNotFoundError as error:
            raise UserError(f"{path}: no such file") from error
        except _DAMAGES as error:
            raise UserError(f"{path}: truncated, or no Parquet file ({error}); fetch it again") from error

    def columns(self, names: Sequence[str]) -> list[pa.ChunkedArray]:
        """Return these columns, categories as what they stand for. Raises UserError where the file is damaged."""
        try:
            table = self._file.read(columns=list(names))
            return [_decoded(table.column(name)) for name in names]
        except _DAMAGES as error:
            raise UserError(f"{self.path}: damaged ({error}); fetch it again") from error

    def place(self, row: int) -> str:
        """Return where row number `row` (from 0) stands."""
        return f"row {row + 1}"


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    column.validate(full=True)  # reading checks neither that text is UTF-8 nor that categories exist
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
