"""What a data set is called in headings, tables and folders."""

from pathlib import Path

_FOLDER_NAMES_IT = "graph"
"""`inspect` writes a folder's description into a file of this name, which says nothing of the data."""


def short_name(dataset: str | Path) -> str:
    """Return a catalogue name as it is, of a file its name without folder and suffix, of a `graph.yaml` its folder's.

    >>> short_name("acm"), short_name("/tables/purchases.csv"), short_name("/tables/shop/graph.yaml")
    ('acm', 'purchases', 'shop')
    """
    path = Path(dataset)
    return path.parent.name if path.stem == _FOLDER_NAMES_IT and path.parent.name else path.stem
