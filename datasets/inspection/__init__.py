"""What some data hold and what looks wrong with them, before anything is trained."""

from pathlib import Path

from core.errors import UserError
from datasets.description import LINES, TABLES
from datasets.inspection.described import inspect_described
from datasets.inspection.findings import FactTable, Inspection
from datasets.inspection.folder import inspect_folder
from datasets.inspection.log_file import inspect_log_file
from datasets.inspection.wishes import GraphWishes, LogWishes, refuse
from datasets.loading import DESCRIPTIONS, available

__all__ = ["FactTable", "GraphWishes", "Inspection", "LogWishes", "inspect_data", "is_described"]


def is_described(name: str) -> bool:
    """Say whether `name` has a description already: a data set of the catalogue, or a YAML."""
    path = Path(name).expanduser()
    return name in [entry.name for entry in available()] or path.suffix.lower() in DESCRIPTIONS


def inspect_data(
    name: str,
    root: Path | None = None,
    *,
    graph: GraphWishes | None = None,
    log: LogWishes | None = None,
    beside: Path | None = None,
) -> Inspection:
    """Return what `name` holds: a folder of tables, a table as a log, a YAML, or a data set of the catalogue.

    A description that is written will lie in the folder `beside`, by default next to the data. Raises UserError
    for what does not exist, cannot be read or says nothing, and for wishes that do not fit the kind of data.
    """
    graph, log, path = graph or GraphWishes(), log or LogWishes(), Path(name).expanduser()
    if is_described(name):
        return inspect_described(name, root, graph, log)
    if path.is_dir():
        refuse(log, name, "a folder")
        return inspect_folder(path, graph, beside or path)
    if path.suffix.lower() in (*LINES, *TABLES):
        if not path.is_file():
            raise UserError(f"{path}: no such file")
        refuse(graph, name, "a single table, read as an interaction log")
        return inspect_log_file(path, log, beside or path.parent)
    return inspect_described(name, root, graph, log)
