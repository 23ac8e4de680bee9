"""The nearest of many vectors: exactly, block by block, or approximately, through an index that is kept."""

from core.neighbors.exact import ExactSearch
from core.neighbors.search import Found, Measure, Search, nearest_others, row_of

__all__ = ["ExactSearch", "Found", "Measure", "Search", "nearest_others", "row_of"]
