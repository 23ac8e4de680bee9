"""The folder that a run leaves behind, and the names of the files in it."""

import json
import math
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.atomic import PART_SUFFIX, atomic_file, write_json, write_text
from core.errors import UserError
from core.settings_files import read_settings_file, write_settings

if TYPE_CHECKING:
    from core.checkpoint import CheckpointStore

PROTOCOL = "protocol"
"""The key of `environment.json` under which a run says how its figures are made."""


class RunFolder:
    """Paths, readers and writers of one run; every file is written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings = path / "settings.yaml"
        self.metrics = path / "metrics.json"
        self.history = path / "metrics.csv"
        self.environment = path / "environment.json"
        self.embeddings = path / "embeddings.npz"
        self.report = path / "report.html"
        self.tensorboard = path / "tensorboard"

    @classmethod
    def create(cls, path: Path) -> "RunFolder":
        """Make a new folder; raises UserError if `path` is a file or holds anything."""
        check_is_new(path)
        make_folder(path)
        return cls(path)

    @classmethod
    def claim(cls, path: Path) -> "RunFolder":
        """Make a new folder at `path`, or at `path-2`, `path-3`, ... where others hold that name already.

        Of several processes that ask for one name at the same time, each gets a folder of its own.
        """
        candidate, again = path, 2
        while True:
            make_folder(path.parent)
            try:
                candidate.mkdir()
            except FileNotFoundError:
                continue  # a run that failed has just removed the parent, which it left empty
            except FileExistsError:
                candidate, again = path.with_name(f"{path.name}-{again}"), again + 1
            except OSError as error:
                raise _cannot_make(candidate, error) from None
            else:
                return cls(candidate)

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """Open the folder of a run that was started before; raises UserError if `path` is not one."""
        folder = cls(path)
        if not path.is_dir():
            raise UserError(f"{path}: there is no such run folder")
        if not folder.settings.is_file():
            raise UserError(f"{path}: not a run folder (it has no settings.yaml)")
        return folder

    @property
    def checkpoints(self) -> "CheckpointStore":
        """The store of the run's checkpoints."""
        from core.checkpoint import CheckpointStore  # noqa: PLC0415 - torch, which reading a run does not need

        return CheckpointStore(self.path / "checkpoints")

    @property
    def is_finished(self) -> bool:
        """Whether the run's metrics, its last file, have been written."""
        return self.metrics.is_file()

    def clear_parts(self) -> None:
        """Remove files and folders that a killed process was writing."""
        for part in list(self.path.rglob(f".*{PART_SUFFIX}")):
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)

    def remove_if_empty(self) -> None:
        """Delete the folder if nothing has been put into it."""
        with suppress(OSError):
            self.path.rmdir()

    def remove(self) -> None:
        """Delete the folder and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def write_settings(self, settings: Mapping[str, Any]) -> None:
        """Write the complete settings, which `--config` reads back."""
        write_text(self.settings, write_settings(settings))

    def read_settings(self) -> dict[str, Any]:
        """Return the settings as nested plain values."""
        return read_settings_file(self.settings)

    def write_report(self, page: str) -> None:
        """Write the HTML report."""
        write_text(self.report, page)

    def write_metrics(self, metrics: Mapping[str, float | None]) -> None:
        """Write the flat metrics, sorted by name; what is not a finite number becomes null."""
        write_json(self.metrics, {name: _number(value) for name, value in metrics.items()})

    def read_metrics(self) -> dict[str, float | None]:
        """Return the flat metrics; raises UserError if the run has not got that far, or they are no numbers."""
        if not self.metrics.is_file():
            raise UserError(f"{self.path}: the run is not finished; go on with --resume {self.path}")
        try:
            metrics = dict(json.loads(self.metrics.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise UserError(f"{self.metrics}: not a flat JSON file of numbers: {error}") from None
        for name, value in metrics.items():
            if value is not None and not isinstance(value, int | float):
                raise UserError(f"{self.metrics}: {name} expects a number or null, got {value!r}")
        return {name: _number(value) for name, value in metrics.items()}

    def write_environment(self, environment: Mapping[str, Any]) -> None:
        """Write what the run ran on."""
        write_json(self.environment, environment)

    def read_environment(self) -> dict[str, Any]:
        """Return what the run ran on; nothing where that cannot be read, which is no reason to refuse the run."""
        try:
            return dict(json.loads(self.environment.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return {}

    def read_protocol(self) -> str:
        """Return how the run's figures are made, as its environment says; "" where it does not."""
        return str(self.read_environment().get(PROTOCOL, ""))

    def write_embeddings(self, ids: np.ndarray, vectors: np.ndarray, path: Path | None = None) -> Path:
        """Write ids (N,) and vectors (N, d) to `path`, by default into the folder, and return the path."""
        target = path or self.embeddings
        if target.is_dir():
            raise UserError(f"{target}: is a folder; name a file such as {target / 'embeddings.npz'}")
        plain = np.asarray(ids)
        if plain.dtype == object:  # texts; an object array could only be pickled
            plain = plain.astype(str)
        make_folder(target.parent)
        with atomic_file(target) as file:
            np.savez(file, ids=plain, vectors=vectors)
        return target

    def read_embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Return ids (N,) and vectors (N, d); raises UserError if they are missing or damaged."""
        if not self.embeddings.is_file():
            raise UserError(f"{self.embeddings}: no such file; make it with: run.py embed {self.path}")
        try:
            with np.load(self.embeddings, allow_pickle=False) as arrays:
                return arrays["ids"], arrays["vectors"]
        except Exception:  # of many types, with texts for programmers, some ill-advised
            raise UserError(
                f"{self.embeddings}: cannot be read as the arrays ids and vectors, without pickled objects; make it "
                f"anew with: run.py embed {self.path}"
            ) from None


def check_is_new(path: Path) -> None:
    """Raise UserError if a new run cannot be put at `path`."""
    if path.exists() and not path.is_dir():
        raise UserError(f"{path}: is a file; choose another --output")
    if path.is_dir() and any(path.iterdir()):
        raise UserError(
            f"{path}: the output folder is not empty; go on with that run by --resume {path}, "
            "or choose another --output"
        )


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, if they are not there; raises UserError if that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_make(folder, error) from None


def _cannot_make(folder: Path, error: OSError) -> UserError:
    return UserError(f"{folder}: the folder cannot be made: {error.strerror}")


def _number(value: float | None) -> float | None:
    # JSON has no word for not-a-number.
    if value is None or isinstance(value, int):
        return value
    return float(value) if math.isfinite(value) else None
