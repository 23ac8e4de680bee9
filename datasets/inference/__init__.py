"""What tables without a description say: of a folder as a graph, of a single one as an interaction log."""

from datasets.inference.infer import infer_schema
from datasets.inference.schema import Schema

__all__ = ["Schema", "infer_schema"]
