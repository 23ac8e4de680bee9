"""What a study leaves in its folder: the best settings, every trial as a table, and a report."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from core.atomic import write_text
from core.command_line.plan import Plan
from core.report import Picture, Table, format_number, report_page
from core.settings_files import write_settings
from core.tuning.folder import StudyFolder
from core.tuning.pictures import history_picture, settings_picture
from core.tuning.records import TrialRecord, best_first
from core.tuning.space import Space

if TYPE_CHECKING:
    from optuna import Study

SHOWN = 10
"""Trials of the table of the best."""
STATES = ("complete", "pruned", "failed", "running", "cut off")


@dataclass(frozen=True)
class Findings:
    """A study as its results tell it."""

    study: str
    metric: str
    mode: Literal["min", "max"]
    seeds: Sequence[int]
    space: Space
    records: Sequence[TrialRecord]
    importances: Mapping[str, float] = field(default_factory=dict)

    @property
    def best(self) -> list[TrialRecord]:
        """The complete trials, the best first."""
        return best_first(self.records, self.mode)

    def summary(self) -> str:
        """Return how many trials there are of each state that occurs."""
        counts = {state: sum(one.state == state for one in self.records) for state in STATES}
        return ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "no trial yet"

    def best_rows(self) -> tuple[tuple[str, ...], list[list[str]]]:
        """Return the header and the rows of the table of the best trials."""
        header = ("trial", self.metric, "best epoch", "seconds", *(one.key for one in self.space.parameters))
        rows = []
        for one in self.best[:SHOWN]:
            values = [say_value(one.values[p.key]) if p.key in one.values else "–" for p in self.space.parameters]
            seconds = "" if one.seconds is None else format_number(one.seconds)
            rows.append([str(one.number), format_number(one.value), str(one.epoch or ""), seconds, *values])
        return header, rows


def importances(study: "Study", records: Sequence[TrialRecord]) -> dict[str, float]:
    """Return each setting's share in the differences between complete trials, the largest first.

    Nothing where they are too few, or alike, to tell.
    """
    values = {one.value for one in records if one.state == "complete"}
    if len(values) < SHOWN:
        return {}
    from optuna.importance import get_param_importances  # noqa: PLC0415 - an optional package

    try:
        return dict(get_param_importances(study))
    except (ValueError, RuntimeError):  # such as a setting that had the same value in all
        return {}


def write_best(folder: StudyFolder, findings: Findings, plan: Plan) -> None:
    """Write the complete settings of the best trial; `plan` is the plan under its values."""
    best = findings.best[0]
    record = plan.record()
    if len(findings.seeds) > 1:
        record = {"seeds": list(findings.seeds), **record}
    lines = [
        f"# trial {best.number} of study {findings.study}: {findings.metric} = {best.value!r}",
        *(f"#   {key}: {say_value(value)}" for key, value in best.values.items()),
    ]
    write_text(folder.best, "\n".join(lines) + "\n" + write_settings(record))


def write_trials(folder: StudyFolder, findings: Findings) -> None:
    """Write every trial as a line of a table."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    keys = [one.key for one in findings.space.parameters]
    writer.writerow(["trial", "state", findings.metric, "best epoch", "seconds", *keys, "error"])
    for one in findings.records:
        values = [exact(one.values[key]) if key in one.values else "" for key in keys]
        writer.writerow([one.number, one.state, one.value, one.epoch, one.seconds, *values, one.error])
    write_text(folder.trials, text.getvalue())


def write_report(folder: StudyFolder, findings: Findings, plan: Plan, environment: Mapping[str, Any]) -> None:
    """Write the page; `plan` is that of the best trial."""
    best = findings.best[0]
    header, rows = findings.best_rows()
    tables = [Table("Best trials", header, rows)]
    if findings.importances:
        shares = [[key, f"{100 * share:.0f} %"] for key, share in findings.importances.items()]
        tables.append(Table("Share of each setting in the differences", ["setting", "share"], shares))
    failed = [[str(one.number), one.error or ""] for one in findings.records if one.state == "failed"]
    if failed:
        tables.append(Table("Failed trials", ["trial", "reason"], failed, texts=2))
    history = history_picture(findings.records, findings.metric, findings.mode)
    pictures: list[Picture] = [
        *([history] if history else []),
        settings_picture(findings.records, findings.space, findings.metric, best),
    ]
    seeds = ", ".join(str(seed) for seed in findings.seeds)
    end = "least" if findings.mode == "min" else "greatest"
    lead = (
        f"{plan.entry.summary} ({plan.entry.paper}); trials: {findings.summary()}; seeds {seeds}. Chosen by "
        f"{findings.metric} alone, the {end} being the best; test targets were not looked at. Below are the settings "
        "of the best trial."
    )
    results = {findings.metric: best.value}
    page = report_page(
        f"Study {findings.study}",
        lead,
        results,
        [*tables, *pictures],
        plan.record(),
        environment,
        headlines=list(results),
    )
    write_text(folder.report, page)


def say_value(value: Any) -> str:
    """Return a value as people read it: a float in four digits."""
    return f"{value:.4g}" if isinstance(value, float) else exact(value)


def exact(value: Any) -> str:
    """Return a value as `--set` takes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
