"""`load`: from a data set's name to its graph; and the catalogue of names."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from core.errors import unknown_name
from datasets.assembly import assemble_from_files, assemble_generated
from datasets.description import Description, FileGraph, GeneratedGraph, read_description
from datasets.download import ensure_files, missing_files
from datasets.graph import GraphDataset
from datasets.locations import resolve_root
from datasets.overrides import apply_overrides


@dataclass(frozen=True)
class CatalogueEntry:
    """One line of the catalogue; `kind` is "graph"."""

    name: str
    kind: str
    title: str
    citation: str


def load(name: str, root: Path | None = None, overrides: Mapping[str, object] | None = None) -> GraphDataset:
    """Return the data set `name`, downloading, generating or reading it as its catalogue entry says.

    `root` is the data root (see `resolve_root`). `overrides` may replace the catalogue's `meta_paths` and
    `contexts`, parts of `walks` (MetaPath2Vec), and, where the data set is generated, its parameters.
    Raises UserError for an unknown name or override, and for files that are missing, damaged or malformed.
    """
    description = apply_overrides(name, _describe(name), overrides or {})
    if isinstance(description, GeneratedGraph):
        return assemble_generated(name, description)
    folder = resolve_root(root) / name
    ensure_files(folder, description.files, description.home)
    return assemble_from_files(name, description, folder)


def download(name: str, root: Path | None = None) -> Path:
    """Bring the files of `name` to the data root, check them, and return their folder."""
    description = _describe(name)
    folder = resolve_root(root) / name
    if isinstance(description, FileGraph):
        ensure_files(folder, description.files, description.home)
    return folder


def is_on_disk(name: str, root: Path | None = None) -> bool:
    """Say whether `name` can be loaded without a network: all its files are there, or it needs none."""
    description = _describe(name)
    if isinstance(description, GeneratedGraph):
        return True
    return not missing_files(resolve_root(root) / name, description.files)


def available() -> list[CatalogueEntry]:
    """Return the catalogue, by name."""
    described = [(name, _describe(name)) for name in sorted(_catalogue())]
    return [CatalogueEntry(name, entry.kind, entry.title, entry.citation) for name, entry in described]


def _catalogue() -> dict[str, Path]:
    folder = Path(str(resources.files("datasets"))) / "catalogue"
    return {path.stem: path for path in folder.glob("*.yaml")}


def _describe(name: str) -> Description:
    known = _catalogue()
    if name not in known:
        raise unknown_name("dataset", name, known)
    return read_description(known[name])
