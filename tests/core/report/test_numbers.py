"""Metrics at several cutoffs are a table of their own; the others stay rows."""

from core.report.numbers import cutoff_table, metric_rows

METRICS = {
    "test/hr@5": 0.25,
    "test/hr@5_std": 0.01,
    "test/hr@20": 0.5,
    "test/length_11-20/hr@5": 0.3,
    "test/length_6-10/hr@5": None,
    "test/users": 12,
    "epochs": 3,
}


def test_cutoffs_become_columns_and_groups_sort_by_number() -> None:
    table = cutoff_table(METRICS)
    assert table is not None
    assert table.cutoffs == (5, 20)
    assert dict(table.rows) == {
        "test/hr": ("0.2500 ± 0.0100", "0.5000"),
        "test/length_6-10/hr": ("n/a", ""),
        "test/length_11-20/hr": ("0.3000", ""),
    }
    assert [name for name, _ in table.rows] == ["test/hr", "test/length_6-10/hr", "test/length_11-20/hr"]


def test_the_rest_are_rows_and_no_metric_is_in_both() -> None:
    assert [row.name for row in metric_rows(METRICS)] == ["test/users", "epochs"]
    groups = ["test/users", "test/length_1-5/users", "test/length_6-10/users", "test/length_11-20/users"]
    assert [row.name for row in metric_rows(dict.fromkeys(sorted(groups), 1.0))] == groups
    assert cutoff_table({"clustering/nmi": 0.5}) is None
