"""Files and folders that are either whole or absent: written beside their place, flushed to disk, then renamed."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

PART_SUFFIX = ".part"
"""The end of the name of what is being written; a file or folder that stays was left by a killed process."""


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a binary file that appears under `path` when the block ends well, and not at all otherwise."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}{PART_SUFFIX}")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Make a folder that takes the place of what is at `path` when the block ends well, and vanishes otherwise.

    The block puts files into the folder that it is given. Between the two renames there is nothing at `path`.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{PART_SUFFIX}")
    replaced = path.with_name(f".{path.name}.{os.getpid()}.old{PART_SUFFIX}")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        yield temporary
        for file in temporary.iterdir():
            _flush(file)
        sync_folder(temporary)
        if path.exists():
            path.rename(replaced)
        temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        if replaced.exists() and not path.exists():
            replaced.rename(path)
        raise
    shutil.rmtree(replaced, ignore_errors=True)
    sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic_file(path) as file:
        file.write(text.encode())


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a mapping atomically as sorted, indented JSON; not-a-number is a ValueError."""
    write_text(path, json.dumps(dict(values), indent=2, sort_keys=True, allow_nan=False) + "\n")


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, so that a rename survives a power cut; does nothing outside POSIX."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush(file: Path) -> None:
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())
