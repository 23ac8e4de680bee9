"""The figures of every run that a page of quality stands on, as CSV beside it: run folders come and go.

A line is one seed, or several whose single figures are not to be had, with their mean and sample standard deviation.
"""

import csv
import io
import json
import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.atomic import write_text
from core.errors import UserError
from core.report.numbers import STD
from core.run_folder import RunFolder

_KEY = ("dataset", "model", "seeds")

FACTS: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    "device": lambda one: one["device"],
    "CPU threads a run": lambda one: one["threads"],
    "platform": lambda one: one["platform"],
    "Python": lambda one: one["python"],
    "torch": lambda one: one["packages"]["torch"],
    "commit": lambda one: one["git_commit"],
    "started": lambda one: one["started"][:10],
}
"""What is said of the machine and the code, and where `environment.json` has it."""


@dataclass(frozen=True)
class Entry:
    """The figures of one model on one data set: of one seed, or the mean over several.

    Attributes:
        metrics: of several seeds `<name>_std`, too.
        facts: by the names of `FACTS`; one value, or those that its seeds have between them.
    """

    dataset: str
    model: str
    seeds: tuple[int, ...]
    metrics: Mapping[str, float | None]
    facts: Mapping[str, tuple[str, ...]]


def facts_of(environment: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return what a page says of one environment."""
    return {name: (str(read(environment)),) for name, read in FACTS.items()}


def read_runs(folder: Path, dataset: str, model: str, metrics: Iterable[str]) -> list[Entry]:
    """Return an entry of these metrics for each finished `folder/<dataset>-<model>/seed-<n>`, by seed."""
    found, names = [], tuple(metrics)
    for path in sorted((folder / f"{dataset}-{model}").glob("seed-*"), key=lambda path: int(path.name[5:])):
        run = RunFolder(path)
        if run.is_finished:
            environment = json.loads(run.environment.read_text(encoding="utf-8"))
            facts = facts_of(environment)
            values = run.read_metrics()
            # Left out with the rest: a deviation over a probe's repeats, which is not one over seeds.
            kept = {name: values.get(name) for name in names}
            found.append(Entry(dataset, model, (int(path.name[5:]),), kept, facts))
    return found


def merge(record: Sequence[Entry], runs: Sequence[Entry]) -> list[Entry]:
    """Return the record with new runs in the place of the same seeds' old figures, by data set, model and seed.

    Figures of several seeds cannot be taken apart: they stay until all of their seeds have been run anew.
    """
    fresh = {(run.dataset, run.model, run.seeds[0]): run for run in runs}
    kept = []
    for entry in record:
        keys = [(entry.dataset, entry.model, seed) for seed in entry.seeds]
        if not all(key in fresh for key in keys):
            kept.append(entry)
            for key in keys:
                fresh.pop(key, None)
    return sorted([*kept, *fresh.values()], key=lambda entry: (entry.dataset, entry.model, entry.seeds))


def pooled(entries: Sequence[Entry]) -> dict[str, float | None]:
    """Return each metric's mean over all seeds and, as `<name>_std`, their sample standard deviation.

    A metric that some entry lacks is averaged over the others.
    """
    found: dict[str, float | None] = {}
    for name in dict.fromkeys(name for entry in entries for name in entry.metrics if not name.endswith(STD)):
        parts = [
            (len(entry.seeds), value, entry.metrics.get(name + STD) or 0.0)
            for entry in entries
            if (value := entry.metrics.get(name)) is not None
        ]
        count = sum(size for size, _, _ in parts)
        if not count:
            found[name] = None
            continue
        mean = found[name] = statistics.fmean([value for _, value, _ in parts], [size for size, _, _ in parts])
        if count > 1:
            squares = math.fsum((size - 1) * std**2 + size * (value - mean) ** 2 for size, value, std in parts)
            found[name + STD] = math.sqrt(squares / (count - 1))
    return found


def read_record(path: Path) -> list[Entry]:
    """Return what a record holds, nothing where there is no file.

    Raises:
        UserError: naming the line that cannot be read.
    """
    if not path.is_file():
        return []
    found = []
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file)
        for line in lines:
            try:
                seeds = tuple(int(seed) for seed in line["seeds"].split())
                facts = {name: tuple(line[name].split("; ")) for name in FACTS}
                names = [name for name in line if name not in (*_KEY, *FACTS)]
                metrics = {name: float(line[name]) if line[name] else None for name in names}
                found.append(Entry(line["dataset"], line["model"], seeds, metrics, facts))
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                raise UserError(f"{path}, line {lines.line_num}: not a line of a record ({error})") from error
    return found


def write_record(path: Path, entries: Sequence[Entry]) -> None:
    """Write a record, atomically, numbers to six digits."""
    metrics = dict.fromkeys(name for entry in entries for name in entry.metrics)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([*_KEY, *metrics, *FACTS])
    for entry in entries:
        values = [entry.metrics.get(name) for name in metrics]
        lines.writerow(
            [
                entry.dataset,
                entry.model,
                " ".join(map(str, entry.seeds)),
                *("" if value is None else f"{value:.6g}" for value in values),
                *("; ".join(entry.facts[name]) for name in FACTS),
            ]
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text.getvalue())
