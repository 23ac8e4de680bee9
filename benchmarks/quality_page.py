"""The Markdown page of quality figures, made from run folders and from published figures."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.comparison.averages import average
from core.errors import UserError
from core.report.plain_tables import markdown_table
from core.run_folder import RunFolder

MARKER = "<!-- Written by hand below this line; kept when the tables are made again. -->"


@dataclass(frozen=True)
class Column:
    """How a metric is shown: its heading, its decimals, and what a value is multiplied by.

    What training costs is shown only of models that train.
    """

    title: str
    decimals: int
    scale: float = 1.0
    is_cost: bool = False


@dataclass(frozen=True)
class Layout:
    """A page's title, what it says before its tables, and a column for each metric."""

    title: str
    introduction: str
    columns: Mapping[str, Column]


COST = {
    "epochs": Column("epochs", 0, is_cost=True),
    "time/epoch_s": Column("s/epoch", 2, is_cost=True),
    "memory/peak_mb": Column("peak MiB", 0, is_cost=True),
}
"""What training took."""


@dataclass(frozen=True)
class Line:
    """A row of a data set's table, in the tables' units."""

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
    """The finished seeds of one model on one data set, among those that were started."""

    model: str
    seeds: tuple[int, ...]
    started: tuple[int, ...]
    metrics: Mapping[str, float | None]
    environments: tuple[Mapping[str, Any], ...]

    def line(self, columns: Mapping[str, Column]) -> Line:
        """Return the row; a baseline that does not train has no cost of training."""
        trained = bool(self.metrics.get("epochs"))
        shown = {name: column for name, column in columns.items() if trained or not column.is_cost}
        values = {name: _scaled(self.metrics.get(name), column) for name, column in shown.items()}
        deviations = {name: _scaled(self.metrics.get(f"{name}_std"), column) for name, column in shown.items()}
        seeds = f"{len(self.seeds)} seed{'s' if len(self.seeds) != 1 else ''}"
        return Line(f"{self.model} ({seeds})", values, deviations)

    def named_seeds(self) -> str:
        """Return which seeds are finished, and which are not."""
        missing = [str(seed) for seed in self.started if seed not in self.seeds]
        rest = f" (not {', '.join(missing)})" if missing else ""
        return f"{self.model} {', '.join(map(str, self.seeds))}{rest}"


def read_finished(folder: Path, dataset: str, models: Sequence[str]) -> list[Finished]:
    """Return what is finished below `folder/<dataset>-<model>/seed-<n>`, model by model; the rest is left out."""
    found = []
    for model in models:
        parent = folder / f"{dataset}-{model}"
        seeds = sorted(parent.glob("seed-*"), key=lambda path: int(path.name[5:]))
        runs = [run for run in map(RunFolder, seeds) if run.is_finished]
        if runs:
            environments = tuple(json.loads(run.environment.read_text(encoding="utf-8")) for run in runs)
            numbers = tuple(int(run.path.name[5:]) for run in runs)
            started = tuple(RunFolder(parent).read_settings().get("seeds", numbers))
            metrics = average([run.read_metrics() for run in runs])
            found.append(Finished(model, numbers, started, metrics, environments))
    return found


def read_published(path: Path, datasets: Iterable[str], columns: Mapping[str, Column]) -> dict[str, list[Published]]:
    """Return the reference rows of data sets, in the tables' units.

    Raises:
        UserError: for a metric that the tables do not have.
    """
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    found: dict[str, list[Published]] = {}
    for dataset in datasets:
        for row in content.get(dataset, ()):
            strange = sorted(set(row["metrics"]) - set(columns))
            if strange:
                raise UserError(f"{path}: {dataset}, {row['name']}: unknown metric {', '.join(strange)}")
            line = Line(row["name"], row["metrics"], {})
            found.setdefault(dataset, []).append(Published(line, row["source"].strip()))
    return found


def make_page(
    layout: Layout,
    finished: Mapping[str, Sequence[Finished]],
    published: Mapping[str, Sequence[Published]],
    commands: Sequence[str],
) -> str:
    """Return the page down to the marker; `finished` gives the order of the data sets."""
    environments = [one for runs in finished.values() for run in runs for one in run.environments]
    parts = [
        f"# {layout.title}",
        "Made by\n\n```\n" + "\n".join(commands) + "\n```",
        machine_facts(environments),
        layout.introduction,
    ]
    for dataset, runs in finished.items():
        if runs:
            parts += _section(layout.columns, dataset, runs, published.get(dataset, ()))
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


def _section(
    columns: Mapping[str, Column], dataset: str, runs: Sequence[Finished], published: Sequence[Published]
) -> list[str]:
    lines = [run.line(columns) for run in runs] + [
        Line(f"{row.line.name} [{number}]", row.line.values, {}) for number, row in enumerate(published, start=1)
    ]
    table = markdown_table(
        ["", *(column.title for column in columns.values())],
        [[line.name, *(_cell(line, name, column) for name, column in columns.items())] for line in lines],
    )
    seeds = f"Finished seeds: {'; '.join(run.named_seeds() for run in runs)}."
    sources = "\n".join(f"[{number}] {row.source}  " for number, row in enumerate(published, start=1))
    return [f"## {dataset}", table, seeds, *([sources] if sources else [])]


def _cell(line: Line, name: str, column: Column) -> str:
    value, deviation = line.values.get(name), line.deviations.get(name)
    if value is None:
        return "-"
    shown = f"{value:.{column.decimals}f}"
    return shown if deviation is None else f"{shown} ± {deviation:.{column.decimals}f}"


def _scaled(value: float | None, column: Column) -> float | None:
    return None if value is None else value * column.scale
