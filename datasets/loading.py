"""`load`: from a data set's name to its graph; and the catalogue of names.

A name is one of the catalogue, or the path of a YAML of the same form whose data files lie beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from core.errors import unknown_name
from datasets.assembly import assemble_from_files, assemble_generated
from datasets.description import Description, FileGraph, GeneratedGraph, read_description
from datasets.download import check_files, ensure_files, missing_files
from datasets.graph import GraphDataset
from datasets.locations import resolve_root
from datasets.overrides import apply_overrides


@dataclass(frozen=True)
class CatalogueEntry:
    """What there is to say of a data set before it is loaded; `kind` is "graph"."""

    name: str
    kind: str
    title: str
    citation: str


def load(name: str, root: Path | None = None, overrides: Mapping[str, object] | None = None) -> GraphDataset:
    """Return the data set `name`, downloading, generating or reading it as its description says.

    `name` is one of the catalogue, or the path of a description (`.yaml`) whose files lie beside it. `root` is
    the data root (see `resolve_root`), for the catalogue's data sets alone. `overrides` may replace the
    description's `meta_paths` and `contexts`, parts of `walks` (MetaPath2Vec), and, where the data set is
    generated, its parameters. Raises UserError for an unknown name or override, and for files that are missing,
    damaged or malformed.
    """
    source = _find(name, root)
    description = apply_overrides(source.name, source.description, overrides or {})
    if isinstance(description, GeneratedGraph):
        return assemble_generated(source.name, description)
    _make_sure(source.folder, description)
    return assemble_from_files(source.name, description, source.folder)


def download(name: str, root: Path | None = None) -> Path:
    """Bring the files of `name` to the data root, check them, and return their folder."""
    source = _find(name, root)
    if isinstance(source.description, FileGraph):
        _make_sure(source.folder, source.description)
    return source.folder


def is_on_disk(name: str, root: Path | None = None) -> bool:
    """Say whether `name` can be loaded without a network: all its files are there, or it needs none."""
    source = _find(name, root)
    if isinstance(source.description, GeneratedGraph):
        return True
    return not missing_files(source.folder, source.description.used_files())


def available() -> list[CatalogueEntry]:
    """Return the catalogue, by name."""
    return [describe(name) for name in sorted(_catalogue())]


def describe(name: str) -> CatalogueEntry:
    """Return what is known of `name` without loading it.

    The entry's own name is what to store: a path is made absolute, so that it holds in any working folder.
    Raises UserError for an unknown name and a file that is no description.
    """
    path = _as_path(name)
    entry = _find(name, None).description
    return CatalogueEntry(str(path) if path else name, entry.kind, entry.title, entry.citation)


@dataclass(frozen=True)
class _Source:
    """A description, the data set's short name and the folder of its files."""

    name: str
    description: Description
    folder: Path


def _find(name: str, root: Path | None) -> _Source:
    path = _as_path(name)
    if path is not None:
        return _Source(path.stem, read_description(path), path.parent)
    known = _catalogue()
    if name not in known:
        raise unknown_name("dataset", name, known)
    return _Source(name, read_description(known[name]), resolve_root(root) / name)


def _as_path(name: str) -> Path | None:
    path = Path(name).expanduser()
    return path.resolve() if path.suffix in (".yaml", ".yml") else None


def _make_sure(folder: Path, description: FileGraph) -> None:
    if description.home is None:
        check_files(folder, description.files)
    else:
        ensure_files(folder, description.files, description.home)


def _catalogue() -> dict[str, Path]:
    folder = Path(str(resources.files("datasets"))) / "catalogue"
    return {path.stem: path for path in folder.glob("*.yaml")}
