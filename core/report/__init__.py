"""Pictures, tables and the self-contained page that they make."""

from core.report.block import Block
from core.report.curves import curves
from core.report.embedding_map import embedding_map
from core.report.numbers import format_number, is_deviation, metric_rows
from core.report.page import report_page
from core.report.picture import Panel, Picture
from core.report.table import Table

__all__ = [
    "Block",
    "Panel",
    "Picture",
    "Table",
    "curves",
    "embedding_map",
    "format_number",
    "is_deviation",
    "metric_rows",
    "report_page",
]
