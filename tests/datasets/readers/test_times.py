from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest

from datasets.readers.times import numeric_times

NOON = 1401537600.0


def column(values: list, kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values[:1], kind), pa.array(values[1:], kind)])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["3", "-1", "9007199254740993"], [3, -1, 9007199254740993]),
        (["3", "0.5", "1e3"], [3, 0.5, 1000]),
        (["2014-05-31T12:00:00", "2014-05-31 12:00:00.25", "2014-05-31"], [NOON, NOON + 0.25, NOON - 43200]),
        (["2014-05-31T14:00:00+02:00", "2014-05-31T12:00:00Z"], [NOON, NOON]),
        (["2014-05-31", None, "2014-06-01"], [NOON - 43200, np.nan, NOON + 43200]),
        (["2014-05-31", "soon", "2014-05-31"], [NOON - 43200, np.nan, NOON - 43200]),
        (["1", "2", "soon"], [1, 2, np.nan]),
        (["1", "inf"], [1, np.nan]),
    ],
)
def test_text(values: list[str | None], expected: list[float]) -> None:
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        np.testing.assert_array_equal(numeric_times(column(values, kind)), expected)


def test_whole_numbers_stay_exact() -> None:
    assert numeric_times(column(["9007199254740993", "1"], pa.string())).dtype == np.int64


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([2, 1], pa.int32(), [2, 1]),
        ([2.5, float("nan")], pa.float32(), [2.5, np.nan]),
        ([date(2014, 5, 31), date(1970, 1, 2)], pa.date32(), [NOON - 43200, 86400]),
        ([datetime(2014, 5, 31, 12, 0, 0, 5)] * 2, pa.timestamp("ns"), [NOON + 5e-6] * 2),
        ([datetime(2014, 5, 31, 12, tzinfo=UTC)] * 2, pa.timestamp("s", "Europe/Paris"), [NOON] * 2),
    ],
)
def test_typed_columns(values: list, kind: pa.DataType, expected: list[float]) -> None:
    np.testing.assert_array_equal(numeric_times(column(values, kind)), expected)


def test_other_types_are_refused() -> None:
    with pytest.raises(TypeError, match="bool is no time"):
        numeric_times(column([True, False]))
