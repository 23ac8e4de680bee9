"""Finished runs, read from their folders and gathered into the rows of a comparison."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from core.comparison.averages import average
from core.errors import UserError
from core.report.numbers import STD, is_cost
from core.run_folder import PROTOCOL, RunFolder
from core.settings_files import flatten
from datasets import short_name

SEEDS = "seeds"
"""The key of a folder's settings that makes it a folder of seeds."""


@dataclass(frozen=True)
class SeedRun:
    """A finished run under one seed: its folder, complete settings, metrics, and what it ran on."""

    path: Path
    settings: Mapping[str, Any]
    metrics: Mapping[str, float | None]
    environment: Mapping[str, Any]

    @classmethod
    def read(cls, folder: RunFolder) -> "SeedRun":
        """Read a finished run; raises UserError where it is not one."""
        settings = folder.read_settings()
        for key in ("model", "dataset"):
            if not isinstance(settings.get(key), str):
                raise UserError(f"{folder.settings}: it names no {key}; is this the folder of a run?")
        if not isinstance(settings.get("seed", 0), int):
            raise UserError(f"{folder.settings}: seed expects a whole number, got {settings['seed']!r}")
        return cls(folder.path, settings, folder.read_metrics(), folder.read_environment())

    @property
    def seed(self) -> int:
        """The seed of every random choice."""
        return int(self.settings.get("seed", 0))

    @property
    def model(self) -> str:
        """The model's name."""
        return str(self.settings["model"])

    @property
    def dataset(self) -> str:
        """The data set's short name."""
        return short_name(str(self.settings["dataset"]))

    @property
    def checksum(self) -> str:
        """What the data were; "" where the run does not say."""
        return str(self.environment.get("dataset_checksum") or "")

    @property
    def protocol(self) -> str:
        """How the figures are made; "" where the run does not say."""
        return str(self.environment.get(PROTOCOL) or "")

    @cached_property
    def kind(self) -> str:
        """A text that two runs share if they differ in their seed alone."""
        rest = {key: value for key, value in self.settings.items() if key != "seed"}
        return json.dumps([rest, self.checksum, self.protocol], sort_keys=True, default=str)


@dataclass(frozen=True)
class Entry:
    """What takes part in a comparison: a model with its settings, under one seed or several.

    `folder` is what the user would point at; `name` is given by the user or None.
    """

    folder: Path
    runs: tuple[SeedRun, ...]
    name: str | None = None

    @property
    def model(self) -> str:
        """The model's name."""
        return self.runs[0].model

    @property
    def seeds(self) -> tuple[int, ...]:
        """The finished seeds."""
        return tuple(run.seed for run in self.runs)

    @property
    def where(self) -> str:
        """The folder and the seeds, as notes name them."""
        seeds = ", ".join(str(seed) for seed in self.seeds)
        return f"{self.folder}, seed{'s' if len(self.seeds) > 1 else ''} {seeds}"

    @cached_property
    def metrics(self) -> Mapping[str, float | None]:
        """Means, and deviations over seeds where there are several.

        A model that does not train has no cost of training, rather than the lowest.
        """
        means = average([run.metrics for run in self.runs])
        trains = any(run.metrics.get("epochs") != 0 for run in self.runs)
        return means if trains else {key: value for key, value in means.items() if not is_cost(key.removesuffix(STD))}

    def by_seed(self, metric: str) -> dict[int, float]:
        """Return a metric's value under each seed that has it."""
        return {run.seed: value for run in self.runs if (value := run.metrics.get(metric)) is not None}


@dataclass(frozen=True)
class Found:
    """What lies in a run folder: the finished seeds, and the folders of those that are not."""

    finished: tuple[SeedRun, ...]
    unfinished: tuple[Path, ...]


def read_run(path: Path) -> Found:
    """Read a run, or every seed of a folder of seeds; raises UserError if `path` holds neither."""
    folder = RunFolder.open(path)
    seeds = folder.read_settings().get(SEEDS)
    folders = [RunFolder(path / f"seed-{seed}") for seed in seeds] if isinstance(seeds, list) else [folder]
    finished = tuple(SeedRun.read(one) for one in folders if one.is_finished)
    return Found(finished, tuple(one.path for one in folders if not one.is_finished))


def name_unfinished(found: Iterable[Found]) -> list[str]:
    """Return a note on the runs that are not finished, those of one folder of seeds together; nothing without any."""
    seeds: dict[Path, list[str]] = {}
    names = []
    for path in (path for one in found for path in one.unfinished):
        if path.name.startswith("seed-"):
            seeds.setdefault(path.parent, []).append(path.name.removeprefix("seed-"))
        else:
            names.append(str(path))
    names += [f"{parent} (seed{'s' if len(its) > 1 else ''} {', '.join(its)})" for parent, its in seeds.items()]
    return [f"not finished, and left out: {', '.join(sorted(names))}"] if names else []


def find_runs(folder: Path) -> list[Path]:
    """Return the run folders below `folder`, itself included, sorted; those of single seeds stand for nothing alone.

    Raises:
        UserError: if there is no such folder.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder")
    if RunFolder(folder).settings.is_file():
        return [folder]
    below = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return [run for path in below for run in find_runs(path)]


def gather(found: Iterable[tuple[Path, Sequence[SeedRun], str | None]]) -> list[Entry]:
    """Return the entries of folders, finished runs and given names; what differs in its seed alone becomes one entry.

    Folders that have a seed in common stay apart: they are repetitions.
    """
    entries: list[Entry] = []
    for folder, runs, name in found:
        if not runs:
            continue
        fresh = Entry(folder, tuple(runs), name)
        for index, one in enumerate(entries):
            same = one.name == name and one.runs[0].kind == runs[0].kind
            if same and not set(one.seeds) & set(fresh.seeds):
                joined = sorted((*one.runs, *fresh.runs), key=lambda run: run.seed)
                entries[index] = Entry(one.folder, tuple(joined), name)
                break
        else:
            entries.append(fresh)
    return entries


def entry_labels(entries: Sequence[Entry]) -> list[str]:
    """Return a different name for each entry: its own, else the model's, with what tells it from its like.

    That is up to three settings, or the folder where there are more or none.
    """
    names = [entry.name or entry.model for entry in entries]
    labels = []
    for entry, name in zip(entries, names, strict=True):
        alike = [other for other, its in zip(entries, names, strict=True) if its == name]
        labels.append(name if len(alike) == 1 else f"{name} ({_difference(entry, alike)})")
    return [
        label if labels.count(label) == 1 else f"{name} ({entry.folder})"
        for entry, name, label in zip(entries, names, labels, strict=True)
    ]


def _difference(entry: Entry, alike: Sequence[Entry]) -> str:
    settings = [dict(flatten(one.runs[0].settings)) for one in alike]
    own = dict(flatten(entry.runs[0].settings))
    keys = [key for key in own if key != "seed" and any(one.get(key) != own[key] for one in settings)]
    if not 0 < len(keys) <= 3:
        return entry.folder.name
    return ", ".join(f"{key}={own[key]}" for key in keys)
