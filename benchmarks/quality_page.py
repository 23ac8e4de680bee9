"""The Markdown page of quality figures, made from a record of runs and from published figures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.quality_record import FACTS, Entry, pooled
from core.errors import UserError
from core.report.numbers import STD
from core.report.plain_tables import markdown_table

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
    """What is recorded of one model on one data set."""

    model: str
    entries: tuple[Entry, ...]

    def seeds(self) -> list[int]:
        """Return the finished seeds."""
        return sorted(seed for entry in self.entries for seed in entry.seeds)

    def line(self, columns: Mapping[str, Column]) -> Line:
        """Return the row; a baseline that does not train has no cost of training."""
        metrics, count = pooled(self.entries), len(self.seeds())
        trained = bool(metrics.get("epochs"))
        shown = {name: column for name, column in columns.items() if trained or not column.is_cost}
        values = {name: _scaled(metrics.get(name), column) for name, column in shown.items()}
        deviations = {name: _scaled(metrics.get(name + STD), column) for name, column in shown.items()}
        return Line(f"{self.model} ({count} seed{'s' if count != 1 else ''})", values, deviations)

    def named_seeds(self) -> str:
        """Return the model with its finished seeds."""
        return f"{self.model} {', '.join(map(str, self.seeds()))}"


def finished_models(record: Sequence[Entry], dataset: str, models: Sequence[str]) -> list[Finished]:
    """Return what is recorded for a data set, model by model; a model without figures is left out."""
    found = []
    for model in models:
        entries = tuple(entry for entry in record if (entry.dataset, entry.model) == (dataset, model))
        if entries:
            found.append(Finished(model, entries))
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
    entries = [entry for runs in finished.values() for run in runs for entry in run.entries]
    parts = [
        f"# {layout.title}",
        "Made by\n\n```\n" + "\n".join(commands) + "\n```",
        machine_facts([entry.facts for entry in entries]),
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


def machine_facts(runs: Sequence[Mapping[str, Sequence[str]]]) -> str:
    """Return a list of what the runs ran on, by the names of `FACTS`; where they differ, all values."""
    lines = []
    for name in FACTS:
        values = sorted({value for facts in runs for value in facts[name]})
        lines.append(f"- {name}: {', '.join(values)}")
    return "\n".join(lines)


def _section(
    columns: Mapping[str, Column],
    dataset: str,
    runs: Sequence[Finished],
    published: Sequence[Published],
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
