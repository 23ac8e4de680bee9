"""Checkpoints that survive a kill at any moment: the newest, and the one before it."""

import zipfile
from pathlib import Path
from typing import Any

import torch

from core.atomic import atomic_file, sync_folder
from core.errors import UserError

FORMAT = 1


class CheckpointStore:
    """Keeps `last.pt` and `previous.pt` in a folder (made at the first save)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._last = folder / "last.pt"
        self._previous = folder / "previous.pt"

    def exists(self) -> bool:
        """Return whether there is a checkpoint, sound or not."""
        return self._last.exists() or self._previous.exists()

    def save(self, state: dict[str, Any]) -> None:
        """Write a checkpoint of tensors, numbers, texts, lists, tuples and mappings.

        Between the two renames only `previous.pt` exists; `load` then reads that one.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / "next.pt"
        with atomic_file(fresh) as file:
            torch.save({"format": FORMAT, **state}, file)
        if self._last.exists():
            self._last.replace(self._previous)
        fresh.replace(self._last)
        sync_folder(self.folder)

    def load(self) -> dict[str, Any]:
        """Return the newest sound checkpoint, on the CPU; raises UserError if there is none."""
        damage = []
        for path in (self._last, self._previous):
            if not path.exists():
                continue
            try:
                return _read(path)
            except _DamagedError as error:
                damage.append(f"{path.name}: {error}")
        if damage:
            raise UserError(
                f"{self.folder}: no checkpoint can be read ({'; '.join(damage)}); "
                "restore the file from a copy, or start again in a new output folder"
            )
        raise UserError(f"{self.folder}: there is no checkpoint here; start the run anew")


class _DamagedError(Exception):
    """A file that is not, or no longer, a checkpoint."""


def _read(path: Path) -> dict[str, Any]:
    try:
        # torch does not verify the checksums that its zip files carry, so a flipped bit would go unnoticed.
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
        if broken is not None:
            raise _DamagedError(f"damaged entry {broken}")
        state = torch.load(path, map_location="cpu", weights_only=True)
    except _DamagedError:
        raise
    except Exception as error:  # torch reports damage by many types: pickle, zip, runtime and key errors
        raise _DamagedError(str(error).partition("\n")[0] or type(error).__name__) from None
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise _DamagedError(f"not a checkpoint of format {FORMAT}")
    return state
