"""The YAML that describes a data set: its form, one module a kind, and reading it."""

from datasets.description.graph import Features, FileGraph, GeneratedGraph, Walks
from datasets.description.reading import Description, check_description, read_description
from datasets.description.sequence import LINES, TABLES, FileSequences, GeneratedSequences, Package, Table

__all__ = [
    "LINES",
    "TABLES",
    "Description",
    "Features",
    "FileGraph",
    "FileSequences",
    "GeneratedGraph",
    "GeneratedSequences",
    "Package",
    "Table",
    "Walks",
    "check_description",
    "read_description",
]
