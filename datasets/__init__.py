"""The data layer: catalogue, verified downloads, readers, generators; graphs, meta-paths, interaction logs."""

from datasets.description import Walks
from datasets.graph import GraphDataset, MetaPath, Split, Step
from datasets.inspection import FactTable, GraphWishes, Inspection, LogWishes, inspect_data, is_described
from datasets.interop.recbole import write_inter
from datasets.loading import CatalogueEntry, available, describe, download, is_on_disk, load
from datasets.locations import cache_folder, resolve_root
from datasets.naming import short_name
from datasets.readers.id_list import IdList, read_ids
from datasets.sequences import SequenceDataset

__all__ = [
    "CatalogueEntry",
    "FactTable",
    "GraphDataset",
    "GraphWishes",
    "IdList",
    "Inspection",
    "LogWishes",
    "MetaPath",
    "SequenceDataset",
    "Split",
    "Step",
    "Walks",
    "available",
    "cache_folder",
    "describe",
    "download",
    "inspect_data",
    "is_described",
    "is_on_disk",
    "load",
    "read_ids",
    "resolve_root",
    "short_name",
    "write_inter",
]
