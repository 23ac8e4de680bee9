"""`load`: from a data set's name to its graph or its interaction log; and the catalogue of names.

A name is one of the catalogue, or the path of a YAML of the same form whose data files lie beside it, of the
folder that holds it, or of an interaction log itself.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from core.errors import UserError, unknown_name
from datasets.assembly import generated_graph, generated_sequences, graph_from_files, sequences_from_file
from datasets.description import (
    LINES,
    TABLES,
    Description,
    FileGraph,
    FileSequences,
    GeneratedGraph,
    GeneratedSequences,
    Package,
    read_description,
)
from datasets.download import check_files, ensure_files, missing_files
from datasets.graph import GraphDataset
from datasets.interop.installed_package import package_folder
from datasets.locations import resolve_root
from datasets.naming import short_name
from datasets.overrides import apply_overrides
from datasets.sequences import SequenceDataset

DESCRIPTIONS = (".yaml", ".yml")


@dataclass(frozen=True)
class CatalogueEntry:
    """What there is to say of a data set before it is loaded; `kind` is "graph" or "sequence"."""

    name: str
    kind: str
    title: str
    citation: str


def load(
    name: str, root: Path | None = None, overrides: Mapping[str, object] | None = None
) -> GraphDataset | SequenceDataset:
    """Return the data set `name`, downloading, generating or reading it as its description says.

    `name` is one of the catalogue, the path of a description (`.yaml`) whose files lie beside it, of a folder
    with one description, or of an interaction log (`.txt`, `.csv`, `.tsv`, `.inter`, `.parquet`). `root` is the
    data root (see `resolve_root`), for the catalogue's data sets alone. `overrides` may replace a graph's
    `meta_paths`, `contexts` and `suggest`, parts of `walks` (MetaPath2Vec), any key of a log's `table`, and, where
    the data set is generated, its parameters. Raises UserError for an unknown name or override, and for files
    that are missing, damaged or malformed.
    """
    source = find_source(name, root)
    description = apply_overrides(source.name, source.description, overrides or {})
    if isinstance(description, GeneratedGraph):
        return generated_graph(source.name, description)
    if isinstance(description, GeneratedSequences):
        return generated_sequences(source.name, description)
    folder = _make_sure(source)
    if isinstance(description, FileGraph):
        return graph_from_files(source.name, description, folder)
    return sequences_from_file(source.name, description, folder)


def download(name: str, root: Path | None = None) -> Path:
    """Bring the files of `name` to the data root, check them, and return their folder."""
    return _make_sure(find_source(name, root))


def is_on_disk(name: str, root: Path | None = None) -> bool:
    """Say whether `name` can be loaded without a network: all its files are there, or it needs none."""
    source = find_source(name, root)
    if isinstance(source.description, GeneratedGraph | GeneratedSequences):
        return True
    if isinstance(source.folder, Package):
        return False
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
    entry = find_source(name, None).description
    return CatalogueEntry(str(path) if path else name, entry.kind, entry.title, entry.citation)


@dataclass(frozen=True)
class Source:
    """A description, the data set's short name and the folder of its files, or the package it would take."""

    name: str
    description: Description
    folder: Path | Package


def find_source(name: str, root: Path | None) -> Source:
    """Return where `name` comes from, without reading its data. Raises UserError for an unknown name."""
    path = _as_path(name)
    if path is None:
        known = _catalogue()
        if name not in known:
            raise _unknown(name, known)
        description = read_description(known[name])
        return Source(name, description, _folder(description, resolve_root(root), name))
    if path.suffix.lower() in DESCRIPTIONS:
        description = read_description(path)
        return Source(short_name(path), description, _folder(description, path.parent, ""))
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    log = FileSequences(kind="sequence", title=f"The log {path.name}", file=path.name)
    return Source(path.stem, log, path.parent)


def _unknown(name: str, known: Mapping[str, Path]) -> UserError:
    if Path(name).expanduser().is_file():
        suffixes = ", ".join((*DESCRIPTIONS, *LINES, *TABLES))
        return UserError(f"{name}: a file of none of these kinds: {suffixes}; save it as one of them")
    if len(Path(name).parts) > 1:
        return UserError(f"{name}: no such file or folder")
    return unknown_name("dataset", name, known)


def _folder(description: Description, parent: Path, by_default: str) -> Path | Package:
    if not isinstance(description, FileSequences):
        return parent / by_default
    if description.package is None:
        return parent / (description.folder or by_default)
    installed = package_folder(description.package.name)
    return description.package if installed is None else installed / description.package.folder


def _as_path(name: str) -> Path | None:
    path = Path(name).expanduser()
    if path.is_dir() and name not in _catalogue():
        return _description_in(path.resolve())
    return path.resolve() if path.suffix.lower() in (*DESCRIPTIONS, *LINES, *TABLES) else None


def _description_in(folder: Path) -> Path:
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in DESCRIPTIONS)
    if not found:
        raise UserError(
            f"{folder}: holds no description (.yaml); from its tables one is written by: "
            f"python run.py {shlex.join(['inspect', str(folder), '--output', str(folder / 'graph.yaml')])}"
        )
    if len(found) > 1:
        raise UserError(f"{folder}: holds several descriptions ({', '.join(path.name for path in found)}); name one")
    return found[0]


def _make_sure(source: Source) -> Path:
    """Return the folder of the source's files, all of which are there and as expected."""
    description = source.description
    if isinstance(source.folder, Package):
        name, extra = source.folder.name, source.folder.extra
        raise UserError(
            f"dataset {source.name} comes with the package {name}, which is not installed; "
            f"install the extra {extra!r}: pip install -e '.[{extra}]'"
        )
    if isinstance(description, FileGraph | FileSequences):
        if description.home is None:
            check_files(source.folder, description.files)
        else:
            ensure_files(source.folder, description.files, description.home)
    return source.folder


def _catalogue() -> dict[str, Path]:
    folder = Path(str(resources.files("datasets"))) / "catalogue"
    return {path.stem: path for path in folder.glob("*.yaml")}
