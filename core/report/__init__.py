"""Pictures and the self-contained report page."""

from core.report.picture import Picture

__all__ = ["Picture"]
