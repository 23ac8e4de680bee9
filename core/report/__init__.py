"""Pictures and the self-contained report page."""

from core.report.figures import curves, embedding_map
from core.report.numbers import format_number, is_deviation, metric_rows
from core.report.page import Table, report_page
from core.report.picture import Picture

__all__ = [
    "Picture",
    "Table",
    "curves",
    "embedding_map",
    "format_number",
    "is_deviation",
    "metric_rows",
    "report_page",
]
