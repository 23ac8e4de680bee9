"""`tune`: settings searched for by validation alone, in a study that goes on and that processes share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from rich.console import Console

import datasets
from core.command_line.plan import Plan, Request, make_plan
from core.command_line.session import RUNS
from core.command_line.tables import print_sheet, say
from core.comparison.sheet import Cell, Sheet
from core.devices import open_fabric
from core.domain import Domain
from core.environment import describe_environment
from core.errors import UserError
from core.report import format_number
from core.tuning.check import MakePlan, check_space
from core.tuning.folder import StudyFolder
from core.tuning.records import TrialRecord, read_trials
from core.tuning.results import Findings, importances, say_value, write_best, write_report, write_trials
from core.tuning.search import Budget, Workplace, search
from core.tuning.space import Space, assignments, read_space
from core.tuning.study import DEAD, StudyName, database_failures, import_optuna, open_study

if TYPE_CHECKING:
    from lightning.fabric import Fabric
    from optuna import Study

_HARMLESS = ("optimizer", "trainer", "batches")
"""Sections whose settings do not change what a training loss means."""


@dataclass(frozen=True)
class Resources:
    """Where a study lies and what it may take; nothing of it changes what a trial is."""

    study: str | None = None
    storage: str | None = None
    output: Path | None = None
    prune: bool = True
    device: str = "auto"
    threads: int | None = None
    data_root: Path | None = None


def tune(
    console: Console,
    request: Request,
    space_file: Path,
    metric: str | None,
    budget: Budget,
    resources: Resources,
    domains: Sequence[Domain],
    configs: Path,
) -> bool:
    """Run trials until the study has enough, write what it found, and return whether any trial is complete.

    Raises:
        UserError: for a mistake in the arguments or the space, before the first trial; when every trial fails for the
            same reason; when the study's database fails.
        KeyboardInterrupt: when interrupted, after the results so far are written and it is said how to go on.
    """
    import_optuna()
    request = _monitoring(request, metric)

    def make(values: Mapping[str, Any]) -> Plan:
        given = (*request.assignments, *assignments(values))
        assigned_by = "" if values else request.assigned_by  # who asks with values names the space
        return make_plan(replace(request, assignments=given, assigned_by=assigned_by), domains, configs)

    base = make({})
    if "trainer" not in base.entry.settings.model_fields:
        raise UserError(f"model {base.entry.name} does not train: there is nothing to tune")
    space = check_space(read_space(space_file), make)
    seeds = base.seeds or (base.settings.seed,)
    name = resources.study or base.folder_name
    folder = StudyFolder(resources.output or RUNS / f"tune-{name}")
    if resources.threads is not None:
        torch.set_num_threads(resources.threads)
    fabric = open_fabric(resources.device, base.trainer.precision)
    if fabric.world_size > 1:
        raise UserError("a trial is one process: give the command itself several times instead of torchrun")
    say(console, f"{base.title}: loading", style="dim")
    dataset = datasets.load(base.settings.dataset, resources.data_root, base.settings.data)
    _warn_of_loss(console, base, space)

    about = {"study": name, "metric": base.trainer.monitor, "seeds": list(seeds), "space": space.describe()}
    named = StudyName(resources.storage or f"sqlite:///{folder.database}", name, resources.prune)
    settings = {key: value for key, value in base.record().items() if key != "seed"}
    pinned = {**about, "settings": settings, "data": dataset.checksum}
    with database_failures():
        with folder.claimed(about):
            study = open_study(named, base.trainer.better, base.trainer.epochs, pinned)
        report = _Reporter(console, study, space, base, seeds, folder, make)
        say(console, f"study {name}: {report.findings().summary()}", style="bold")
        try:
            search(study, space, make, seeds, budget, Workplace(dataset, fabric, console), report.trial)
        except KeyboardInterrupt:
            report.conclude(fabric, dataset.checksum)
            say(console, "\ninterrupted; the study is whole, and the same command goes on", style="yellow")
            raise
        return report.conclude(fabric, dataset.checksum)


@dataclass(frozen=True)
class _Reporter:
    """Tells and writes what the study has found."""

    console: Console
    study: "Study"
    space: Space
    base: Plan
    seeds: Sequence[int]
    folder: StudyFolder
    make: MakePlan

    def findings(self) -> Findings:
        """Return the study as it is now, with the trials of other processes."""
        trainer, records = self.base.trainer, read_trials(self.study, self.space)
        return Findings(self.study.study_name, trainer.monitor, trainer.better, self.seeds, self.space, records)

    def trial(self, record: TrialRecord) -> None:
        """Tell of one trial; keep its settings if they are the best."""
        now = self.findings()
        best = now.best[0] if now.best else None
        if best is not None and best.number == record.number:
            write_best(self.folder, now, self.make(best.values))
        values = ", ".join(f"{key}={say_value(value)}" for key, value in record.values.items())
        say(self.console, f"trial {record.number}: {_outcome(record, best)}  {values}")

    def conclude(self, fabric: "Fabric", checksum: str) -> bool:
        """Print the best trials and write the files; return whether any trial is complete."""
        now, folder = self.findings(), self.folder
        now = replace(now, importances=importances(self.study, now.records))
        write_trials(folder, now)
        if not now.best:
            say(self.console, f"no trial is complete ({now.summary()}); all are in {folder.trials}", style="bold red")
            return False
        plan = self.make(now.best[0].values)
        environment = describe_environment(fabric.device, seed=list(self.seeds), checksum=checksum)
        write_best(folder, now, plan)
        write_report(folder, now, plan, environment)
        header, rows = now.best_rows()
        cells = tuple(tuple(Cell(text) for text in row) for row in rows)
        print_sheet(self.console, Sheet(f"{now.study}: {now.summary()}; the best by {now.metric}", header, cells))
        if now.importances:
            shares = ", ".join(f"{key} {100 * share:.0f} %" for key, share in now.importances.items())
            say(self.console, f"share in the differences: {shares}")
        say(self.console, f"best settings: {folder.best}; train and test them with: run.py --config {folder.best}")
        say(self.console, f"report: {folder.report}")
        if any(one.state == "running" for one in now.records):
            say(
                self.console,
                "trials still run in other processes; the same command shows them when they are done "
                f"(that a process was killed is noticed after {DEAD} s)",
            )
        return True


def _monitoring(request: Request, metric: str | None) -> Request:
    """Return the request with the metric as what the trainer monitors."""
    if metric is None:
        return request
    if metric.startswith("test/"):
        raise UserError(
            f"--metric {metric}: settings chosen by test scores would make these worthless; "
            f"take valid/{metric.removeprefix('test/')}"
        )
    return replace(request, assignments=(*request.assignments, f"trainer.monitor={metric}"))


def _warn_of_loss(console: Console, base: Plan, space: Space) -> None:
    metric = base.trainer.monitor
    changing = [one.key for one in space.parameters if one.key.partition(".")[0] not in _HARMLESS]
    if changing and not metric.startswith("valid/"):
        say(
            console,
            f"trials will be compared by {metric}, a training loss, and {', '.join(changing)} may change what it "
            "means: a lower one then need not be better; with labels or users to validate on, give --metric valid/...",
            style="yellow",
        )


def _outcome(record: TrialRecord, best: TrialRecord | None) -> str:
    if record.state == "cut off":
        return "cut off: it gave no sign of life for so long that another process took it for dead"
    if record.state == "failed":
        return f"failed: {record.error}"
    value = "" if record.value is None else f" {format_number(record.value)}"
    again = f" (as trial {record.same_as})" if record.same_as is not None else ""
    if record.state == "pruned":
        return f"pruned at{value}{again}" if value else f"pruned{again}"
    mark = " (the best)" if best is not None and best.number == record.number else ""
    return f"{value.strip()}{again}{mark}"
