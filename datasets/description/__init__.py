"""The YAML that describes a data set: its form, one module a kind, and reading it."""

from datasets.description.graph import FileGraph, GeneratedGraph, Walks
from datasets.description.labels import PARTS, DrawnSplit, LabelColumn, LabelFile, SplitColumn, SplitFiles
from datasets.description.nodes import Column, CountedNodes, EdgeNodes, Features, TableNodes
from datasets.description.reading import Description, check_description, read_description
from datasets.description.relations import EdgeList, EdgeTable
from datasets.description.sequence import LINES, FileSequences, GeneratedSequences, Package, Table
from datasets.description.tables import TABLES, TableSection, TargetColumn

__all__ = [
    "LINES",
    "PARTS",
    "TABLES",
    "Column",
    "CountedNodes",
    "Description",
    "DrawnSplit",
    "EdgeList",
    "EdgeNodes",
    "EdgeTable",
    "Features",
    "FileGraph",
    "FileSequences",
    "GeneratedGraph",
    "GeneratedSequences",
    "LabelColumn",
    "LabelFile",
    "Package",
    "SplitColumn",
    "SplitFiles",
    "Table",
    "TableNodes",
    "TableSection",
    "TargetColumn",
    "Walks",
    "check_description",
    "read_description",
]
