"""Times in the forms that logs have them: numbers, or dates and times of day."""

import numpy as np
import pandas as pd
import pyarrow as pa

_MICROSECONDS = 1e6


def numeric_times(column: pa.ChunkedArray) -> np.ndarray:
    """Return numbers (T,) that order as the times do: int64, or float64 with NaN where there is no time.

    Numbers stay as they are; dates (of Arrow's types, or ISO 8601 as text; without a zone they are UTC) become
    seconds since 1970, to the microsecond. Of text, numbers or dates, whichever more of it is.
    Raises TypeError where the column's type is no time.
    """
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        return _from_text(column)
    if pa.types.is_integer(column.type):
        return column.cast(pa.int64()).to_numpy()
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        return _finite(column.cast(pa.float64()).to_numpy())
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        instants = column.cast(pa.timestamp("us", getattr(column.type, "tz", None)), safe=False)
        return instants.cast(pa.int64()).to_numpy() / _MICROSECONDS
    raise TypeError(f"{column.type} is no time")


def _from_text(column: pa.ChunkedArray) -> np.ndarray:
    for kind in (pa.int64(), pa.float64()):
        try:
            return _finite(column.cast(kind).to_numpy())
        except pa.ArrowInvalid:
            continue
    text = pd.Series(column.to_numpy(zero_copy_only=False), dtype=object)
    dates = pd.to_datetime(text, errors="coerce", format="ISO8601", utc=True)
    instants = dates.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    seconds = np.where(np.isnat(instants), np.nan, instants.astype(np.int64) / _MICROSECONDS)
    if np.isnan(seconds).sum() == column.null_count:  # all are dates: what follows is slow
        return seconds
    numbers = _finite(pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64))
    return min(numbers, seconds, key=lambda times: np.isnan(times).sum())


def _finite(times: np.ndarray) -> np.ndarray:
    if np.issubdtype(times.dtype, np.integer) or np.isfinite(times).all():
        return times
    return np.where(np.isfinite(times), times, np.nan)
