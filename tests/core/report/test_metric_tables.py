"""Every metric stands in one table, beside those that it is read with."""

from core.report.metric_tables import metric_tables

GRAPH = {
    "classification/20/auc": 0.9,
    "classification/20/auc_std": 0.01,
    "classification/100/auc": 0.95,
    "classification/100/micro_f1": 0.8,
    "clustering/nmi": 0.5,
    "valid/classification/20/auc": 0.7,
    "epochs": 3.5,
    "epochs_std": 0.5,
    "time/train_s": 12.0,
    "memory/peak_mb": None,
}
SEQUENCES = {
    "test/hr@5": 0.1,
    "test/hr@10": 0.2,
    "test/users": 1234,
    "valid/hr@5": 0.3,
    "test/length_11-20/hr@5": 0.4,
    "test/length_6-10/hr@5": 0.5,
    "test/length_6-10/users": 7.5,
}


def test_siblings_are_rows_of_one_table_and_costs_come_last() -> None:
    found = metric_tables(GRAPH)
    assert not found.details
    assert [table.title for table in found.main] == ["classification", "clustering", "valid/classification", "cost"]
    classes = found.main[0]
    assert list(classes.header) == ["", "auc", "micro_f1"]
    assert [list(row) for row in classes.rows] == [["20", "0.9000 ± 0.0100", ""], ["100", "0.9500", "0.8000"]]
    assert [list(row) for row in found.main[-1].rows] == [
        ["epochs", "3.5000 ± 0.5000"],
        ["memory/peak_mb", "n/a"],
        ["time/train_s", "12.0 s"],
    ]


def test_cutoffs_are_columns_and_groups_of_users_are_details() -> None:
    found = metric_tables(SEQUENCES)
    assert [table.title for table in found.main] == ["test (users: 1,234)", "valid"]
    assert list(found.main[0].header) == ["", "@5", "@10"]
    assert [table.title for table in found.details] == ["test/length_6-10 (users: 7.5000)", "test/length_11-20"]


def test_no_metric_is_lost() -> None:
    for metrics in (GRAPH, SEQUENCES, {"plain": 1.0}, {"a/b": 1.0, "a/b/c": 2.0}):
        tables = metric_tables(metrics)
        cells = [cell for table in (*tables.main, *tables.details) for row in table.rows for cell in row[1:] if cell]
        titled = sum(table.title.count(": ") for table in (*tables.main, *tables.details))
        deviations = [name for name in metrics if name.endswith("_std")]
        assert len(cells) + titled == len(metrics) - len(deviations)
