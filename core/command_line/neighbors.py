"""`neighbors`: what is closest to a node or an item by a run's embeddings, exactly or through an index."""

import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from rich.console import Console

from core.command_line.revisit import open_single_folder
from core.command_line.tables import print_ids, say
from core.neighbors import ExactSearch, Search, nearest_others, row_of
from core.neighbors.hnsw import HnswIndex, HnswSettings
from core.neighbors.recall import measure_recall
from core.neighbors.stored import StaleIndexError, StoredIndex, checksum, read_index, write_index
from core.run_folder import RunFolder


def print_nearest(console: Console, path: Path, name: str, top: int) -> None:
    """Print the nodes or items whose embeddings have the largest cosine with that of the one called `name`."""
    ids, vectors = open_single_folder(path).read_embeddings()
    _print(
        console, f"Nearest to {name}", ids, row_of(ids, name, str(path)), ExactSearch(torch.from_numpy(vectors)), top
    )


def print_about_nearest(console: Console, path: Path, name: str, top: int, settings: HnswSettings) -> None:
    """Print them as an index finds them, which is built first if there is none."""
    stored = open_index(console, open_single_folder(path), settings)
    row = row_of(stored.ids, name, str(path))
    _print(console, f"Nearest to {name}, by an index", stored.ids, row, stored.index, top)


def print_recall(console: Console, path: Path, top: int, settings: HnswSettings) -> None:
    """Print how much of what an exact search finds the index finds, too."""
    folder = open_single_folder(path)
    index = open_index(console, folder, settings).index
    exact = ExactSearch(torch.from_numpy(folder.read_embeddings()[1]))
    found = measure_recall(index, exact, top)
    say(
        console,
        f"recall@{found.k} {found.value:.4f} on {found.queries} of {len(exact)} vectors; a query takes "
        f"{1e3 * found.seconds:.3f} ms by the index, {1e3 * found.exact_seconds:.3f} ms exactly ({found.speedup:.1f}x)",
    )


def open_index(console: Console, folder: RunFolder, settings: HnswSettings) -> StoredIndex:
    """Return the run's index of its embeddings; one that is missing, stale or damaged is built anew and kept.

    Where the folder cannot be written to, the index serves this once. Raises UserError without embeddings.
    """
    place = folder.path / "neighbors"
    ids, vectors = folder.read_embeddings()
    source = checksum(folder.embeddings)
    try:
        return read_index(place, settings, source)
    except StaleIndexError as error:
        say(console, f"building an index ({error})", style="dim")
    started = time.perf_counter()
    stored = StoredIndex(HnswIndex.build(torch.from_numpy(vectors), settings), ids)
    seconds = time.perf_counter() - started
    kept = "not kept: the folder cannot be written to"
    with suppress(OSError):
        write_index(stored, place, settings, source)
        kept = f"kept in {place}"
    say(console, f"built from {len(ids)} vectors in {seconds:.1f} s, {kept}", style="dim")
    return stored


def _print(console: Console, title: str, ids: np.ndarray, row: int, search: Search, top: int) -> None:
    found = nearest_others(search, torch.tensor([row]), top)
    names = ids[found.rows[0].numpy()].astype(str).tolist()
    print_ids(console, title, ("id", "cosine"), zip(names, found.nearness[0].tolist(), strict=True))
