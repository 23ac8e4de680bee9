"""Bringing a data set's files to the data root, and making sure that they are the right ones."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pooch
import requests

from core.errors import UserError

_TIMEOUT_S = 30


def ensure_files(folder: Path, files: Mapping[str, str], home: str) -> None:
    """Make `folder` hold every one of `files` (name -> SHA-256), downloading from `home` what is missing.

    A file that is there is checked and never overwritten. A download is written beside its place and moved
    there once its digest is right, so one that was cut off leaves nothing, and the next call goes on with
    the files still missing. Raises UserError naming a damaged file with both digests, or, where the network
    or the folder does not oblige, every missing file and where to put it.
    """
    missing = missing_files(folder, files)
    for name, digest in files.items():
        if name not in missing:
            _verify(folder / name, digest, "delete it, and it is downloaded again, or put the right file in its place")
    for number, name in enumerate(missing):
        _fetch(folder, name, files[name], home, missing[number:])


def missing_files(folder: Path, files: Iterable[str]) -> list[str]:
    """Return the names in `files` that `folder` lacks."""
    return [name for name in files if not (folder / name).is_file()]


def file_digest(path: Path) -> str:
    """Return a file's SHA-256 in hex. Raises UserError where it is missing or cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error


def check_files(folder: Path, files: Mapping[str, str]) -> None:
    """Raise UserError unless `folder` has every one of `files` (name -> SHA-256) unaltered. Never downloads."""
    for name, digest in files.items():
        _verify(folder / name, digest, "put the right file in its place, or correct the description")


def _verify(path: Path, expected: str, remedy: str) -> None:
    found = file_digest(path)
    if found != expected:
        raise UserError(f"{path}: truncated or altered (SHA-256 {found}, expected {expected}); {remedy}")


def _fetch(folder: Path, name: str, digest: str, home: str, missing: list[str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(f"{folder} cannot be written")
        pooch.retrieve(
            home + name,
            known_hash=f"sha256:{digest}",
            fname=name,
            path=folder,
            downloader=pooch.HTTPDownloader(timeout=_TIMEOUT_S),
        )
    except (requests.RequestException, OSError, ValueError) as error:
        raise UserError(
            f"cannot download {home + name} to {folder} ({_brief(error)}). "
            f"Without a network, put these files from {home} into {folder}, "
            f"or point --data-root or $CONTRAST_DATA at the parent of a folder "
            f"{folder.name} that has them: {', '.join(missing)}"
        ) from error


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else 'no detail'}"
