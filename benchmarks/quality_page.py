"""The Markdown page of quality figures, made from run folders and from published figures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.tables import markdown_table
from core.command_line.several_seeds import average
from core.errors import UserError
from core.run_folder import RunFolder

MARKER = "<!-- Written by hand below this line; kept when the tables are made again. -->"
SPLITS = ("20", "40", "60")
QUALITY = {
    **{
        f"classification/{split}/{metric}": f"{title} {split}"
        for split in SPLITS
        for metric, title in (("macro_f1", "Ma-F1"), ("micro_f1", "Mi-F1"), ("auc", "AUC"))
    },
    "clustering/nmi": "NMI",
    "clustering/ari": "ARI",
}
"""Metrics in percent, and their columns."""
COST = {"epochs": ("epochs", 0), "time/epoch_s": ("s/epoch", 2), "memory/peak_mb": ("peak MiB", 0)}
"""Metrics as they are: column and decimals."""
METRICS = (*QUALITY, *COST)


@dataclass(frozen=True)
class Line:
    """A row of a data set's table; shares of 1 are already percent here."""

    name: str
    values: Mapping[str, float | None]
    deviations: Mapping[str, float | None]


@dataclass(frozen=True)
class Published:
    """A reference row and where it is from."""

    line: Line
    source: str


@dataclass(frozen=True)
class Finished:
    """The finished seeds of one model on one data set."""

    model: str
    seeds: tuple[int, ...]
    metrics: Mapping[str, float | None]
    environments: tuple[Mapping[str, Any], ...]

    def line(self) -> Line:
        """Return the row; a baseline that does not train has no cost of training."""
        trained = bool(self.metrics.get("epochs"))
        values = {name: self.metrics.get(name) for name in METRICS if name in QUALITY or trained}
        deviations = {name: self.metrics.get(f"{name}_std") for name in values}
        scale = {name: 100.0 if name in QUALITY else 1.0 for name in values}
        seeds = f"{len(self.seeds)} seed{'s' if len(self.seeds) != 1 else ''}"
        return Line(f"{self.model} ({seeds})", _scaled(values, scale), _scaled(deviations, scale))


def read_finished(folder: Path, dataset: str, models: Sequence[str]) -> list[Finished]:
    """Return what is finished below `folder/<dataset>-<model>/seed-<n>`, model by model; the rest is left out."""
    found = []
    for model in models:
        seeds = sorted((folder / f"{dataset}-{model}").glob("seed-*"), key=lambda path: int(path.name[5:]))
        runs = [run for run in map(RunFolder, seeds) if run.is_finished]
        if runs:
            environments = tuple(json.loads(run.environment.read_text(encoding="utf-8")) for run in runs)
            numbers = tuple(int(run.path.name[5:]) for run in runs)
            found.append(Finished(model, numbers, average([run.read_metrics() for run in runs]), environments))
    return found


def read_published(path: Path) -> dict[str, list[Published]]:
    """Return the reference rows of every data set.

    Raises:
        UserError: for a metric that the tables do not have.
    """
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    found: dict[str, list[Published]] = {}
    for dataset, rows in content.items():
        for row in rows:
            strange = sorted(set(row["metrics"]) - set(METRICS))
            if strange:
                raise UserError(f"{path}: {dataset}, {row['name']}: unknown metric {', '.join(strange)}")
            line = Line(row["name"], row["metrics"], {})
            found.setdefault(dataset, []).append(Published(line, row["source"].strip()))
    return found


def make_page(
    finished: Mapping[str, Sequence[Finished]], published: Mapping[str, Sequence[Published]], commands: Sequence[str]
) -> str:
    """Return the page down to the marker; `finished` gives the order of the data sets."""
    environments = [one for runs in finished.values() for run in runs for one in run.environments]
    parts = [
        "# Graphs: quality, epochs, time and memory",
        "Made by\n\n```\n" + "\n".join(commands) + "\n```",
        machine_facts(environments),
        "Mean ± standard deviation over seeds. Classification: Macro-F1, Micro-F1 and AUC in percent, for 20, 40 and "
        "60 labelled nodes a class; clustering: NMI and ARI in percent. Time and memory are those of one run while the "
        "others shared the machine. A dash: not measured, or not given by the source.",
    ]
    for dataset, runs in finished.items():
        if runs:
            parts += _section(dataset, runs, published.get(dataset, ()))
    return "\n\n".join([*parts, MARKER]) + "\n"


def with_kept_text(page: str, existing: str | None) -> str:
    """Return the page with what stands below the marker in the existing file."""
    if existing is None or MARKER not in existing:
        return page
    return page.rstrip("\n") + existing.split(MARKER, maxsplit=1)[1]


def machine_facts(environments: Sequence[Mapping[str, Any]]) -> str:
    """Return a list of what the runs ran on; where they differ, all values."""
    facts = {
        "device": lambda one: one["device"],
        "CPU threads a run": lambda one: one["threads"],
        "platform": lambda one: one["platform"],
        "Python": lambda one: one["python"],
        "torch": lambda one: one["packages"]["torch"],
        "commit": lambda one: one["git_commit"],
        "started": lambda one: one["started"][:10],
    }
    lines = []
    for name, read in facts.items():
        values = sorted({str(read(one)) for one in environments})
        lines.append(f"- {name}: {', '.join(values)}")
    return "\n".join(lines)


def _section(dataset: str, runs: Sequence[Finished], published: Sequence[Published]) -> list[str]:
    lines = [run.line() for run in runs] + [
        Line(f"{row.line.name} [{number}]", row.line.values, {}) for number, row in enumerate(published, start=1)
    ]
    columns = ["", *QUALITY.values(), *(title for title, _ in COST.values())]
    table = markdown_table(columns, [[line.name, *(_cell(line, name) for name in METRICS)] for line in lines])
    sources = "\n".join(f"[{number}] {row.source}  " for number, row in enumerate(published, start=1))
    return [f"## {dataset}", table, *([sources] if sources else [])]


def _cell(line: Line, name: str) -> str:
    value, deviation = line.values.get(name), line.deviations.get(name)
    if value is None:
        return "-"
    decimals = 1 if name in QUALITY else COST[name][1]
    return f"{value:.{decimals}f}" if deviation is None else f"{value:.{decimals}f} ± {deviation:.{decimals}f}"


def _scaled(values: Mapping[str, float | None], scale: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if value is None else value * scale[name] for name, value in values.items()}
