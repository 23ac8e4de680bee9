"""An index kept in a folder with all that it needs to answer, and a note of what it was built from."""

import hashlib
import json
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError

from core.atomic import atomic_folder, write_json
from core.neighbors.hnsw import HnswIndex, HnswSettings

FORMAT = 1
INDEX, IDS, NOTE = "index.hnsw", "ids.npy", "index.json"


@dataclass(frozen=True, eq=False)
class StoredIndex:
    """An index and the ids, N, of its vectors."""

    index: HnswIndex
    ids: np.ndarray


class StaleIndexError(Exception):
    """A folder that holds no index, not the one that is asked for, or a damaged one; the text says which."""


def write_index(stored: StoredIndex, folder: Path, settings: HnswSettings, source: str) -> None:
    """Write an index into a folder of its own, whole or not at all; one that is there is replaced.

    `source` is the checksum of what the vectors came from (see `checksum`).
    """
    with atomic_folder(folder) as new:
        stored.index.save(new / INDEX)
        np.save(new / IDS, stored.ids, allow_pickle=False)
        note = {
            "format": FORMAT,
            "measure": stored.index.measure,
            "vectors": len(stored.index),
            "width": stored.index.vectors_of(torch.tensor([0])).shape[1],
            "links": settings.links,
            "build_width": settings.build_width,
            "embeddings_sha256": source,
            "index_sha256": checksum(new / INDEX),
            "ids_sha256": checksum(new / IDS),
            "hnswlib": metadata.version("hnswlib"),
        }
        write_json(new / NOTE, note)


def read_index(folder: Path, settings: HnswSettings, source: str) -> StoredIndex:
    """Return the index in a folder.

    Nothing is unpickled, and the index, which hnswlib trusts, is read only if it is what was written. Raises
    StaleIndexError where there is none, where it was built from something else than `source` or by other settings,
    and where it is damaged.
    """
    note = _read_note(folder / NOTE)
    if note.get("embeddings_sha256") != source:
        raise StaleIndexError("the embeddings have changed")
    if not settings.builds_like(_settings_of(note)):
        raise StaleIndexError("it was built with other settings")
    for name, expected in ((INDEX, note["index_sha256"]), (IDS, note["ids_sha256"])):
        if not (folder / name).is_file() or checksum(folder / name) != expected:
            raise StaleIndexError(f"{name} is damaged")
    try:
        index = HnswIndex.load(folder / INDEX, note["width"], settings)
    except RuntimeError as error:  # such as a disk that was full when it was written
        raise StaleIndexError(f"{INDEX} is damaged: {error}") from None
    return StoredIndex(index, np.load(folder / IDS, allow_pickle=False))


def checksum(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settings_of(note: dict[str, Any]) -> HnswSettings:
    try:
        return HnswSettings(links=note["links"], build_width=note["build_width"])
    except ValidationError:
        raise StaleIndexError(f"{NOTE} is damaged") from None


def _read_note(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise StaleIndexError("there is none yet")
    try:
        note = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise StaleIndexError(f"{path.name} is damaged") from None
    expected = ("links", "build_width", "width", "index_sha256", "ids_sha256")
    if note.get("format") != FORMAT or not all(key in note for key in expected):
        raise StaleIndexError("it was written by another version")
    if not isinstance(note["width"], int):
        raise StaleIndexError(f"{path.name} is damaged")
    return note
