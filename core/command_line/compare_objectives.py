"""`compare-objectives`: one model under every contrastive objective, over the same seeds and budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from rich.console import Console

from core.command_line.page_format import PageFormat
from core.command_line.pages import deliver, write_page
from core.command_line.plan import Plan, Request, domain_of, make_plan
from core.command_line.session import RUNS
from core.command_line.tables import say
from core.comparison.contests import make_contests
from core.comparison.entries import SEEDS, gather, read_run
from core.comparison.metric_kinds import choose_metrics, fits
from core.comparison.rows import entry_rows
from core.comparison.sheet import Page
from core.domain import Domain
from core.errors import UserError, unknown_name
from core.objectives import chooses_objective, objectives
from core.run_folder import RunFolder
from core.sweep.processes import run_all
from core.sweep.seed_runs import SeedRuns

DIAGNOSTICS = ("diagnostics/uniformity", "diagnostics/alignment", "diagnostics/tolerance")
COSTS = ("epochs", "time/epoch_s", "time/train_s", "memory/peak_mb")
PAGE = "comparison.md"
_SECTION = "objective."


@dataclass(frozen=True)
class Resources:
    """Where the runs go, and what they may take."""

    output: Path | None = None
    device: str = "auto"
    jobs: int = 1
    threads: int = 1
    data_root: Path | None = None


def compare_objectives(
    console: Console,
    request: Request,
    names: Sequence[str],
    resources: Resources,
    domains: Sequence[Domain],
    configs: Path,
) -> None:
    """Train the model under each objective, print one table and write it to the folder.

    Settings of the section `objective` hold for the objectives that have them. Each run is a process of its own, so
    that its memory is its own; what a folder holds already is not trained again. An objective that the model or its
    data cannot serve is named with the reason, and so is one whose training fails.

    Raises:
        UserError: when the model has no objective to choose, for an unknown objective, for a setting that none has,
            or when the folder's runs have other settings.
    """
    chosen = list(names or objectives)
    for name in chosen:
        if name not in objectives:
            raise unknown_name("objective", name, objectives)
    request, model = _checked(request, domains)
    plans = {name: make_plan(_under(request, name, chosen), domains, configs) for name in chosen}
    first = plans[chosen[0]]
    default = RUNS / f"objectives-{first.dataset_name}-{model}-{datetime.now():%Y%m%d-%H%M%S}"
    folder = resources.output or default
    runs = [_opened(plan, folder / name) for name, plan in plans.items()]
    extra = ["--data-root", str(resources.data_root)] if resources.data_root else []
    try:
        failed = run_all(
            runs,
            extra,
            jobs=resources.jobs,
            threads=resources.threads,
            say=lambda text: say(console, text),
            devices=(resources.device,),
        )
    except KeyboardInterrupt:
        say(console, f"\ninterrupted; the same command with --output {folder} goes on", style="yellow")
        raise
    reasons = {step.runs.name: _reason(step.runs.log(step.seed)) for step in failed}
    page = make_page(folder, first, reasons, domain_of(model, domains).headlines)
    write_page(page, PageFormat.markdown, folder / PAGE)
    deliver(console, page, None, None)
    say(console, f"written to {folder / PAGE}")


def make_page(folder: Path, plan: Plan, left_out: Mapping[str, str], headlines: Sequence[str]) -> Page:
    """Return the page of the finished runs in a folder; `plan` is that of any of them, `left_out` says why others are.

    Raises:
        UserError: when nothing is finished.
    """
    names = [path for path in sorted(folder.iterdir()) if (path / "settings.yaml").is_file()]
    entries = gather([(path, read_run(path).finished, path.name) for path in names])
    notes = tuple(f"{name}: {reason}" for name, reason in left_out.items())
    if not entries:
        raise UserError("\n".join(("no objective could be trained", *notes)))
    sheets, records = [], []
    for contest in make_contests(entries):
        measured = {name for entry in contest.entries for name in entry.metrics}
        patterns = [one for one in (*headlines, *DIAGNOSTICS, *COSTS) if fits(one, measured)]
        titled = replace(contest, dataset=f"Objectives of {plan.title}")
        sheet, its_records = entry_rows(titled, choose_metrics(patterns, measured), "objective")
        sheets.append(sheet)
        records += its_records
    return Page(tuple(sheets), tuple(records), notes)


def _checked(request: Request, domains: Sequence[Domain]) -> tuple[Request, str]:
    """Return the request with seeds, and the model; raises UserError if it has no objective to choose."""
    if request.model is None:
        raise UserError("name a model with --model")
    entry = domain_of(request.model, domains).models.get(request.model)
    if not chooses_objective(entry.settings):
        offered = [domain.models.get(name) for domain in domains for name in domain.models]
        having = ", ".join(one.name for one in offered if chooses_objective(one.settings))
        raise UserError(f"model {request.model} has no objective to choose; take one of: {having}")
    if any(one.partition("=")[0].strip() == f"{_SECTION}name" for one in request.assignments):
        raise UserError("--set objective.name=...: use --objectives instead")
    return replace(request, seed=None, seeds=request.seeds or (request.seed or 0,)), request.model


def _under(request: Request, name: str, chosen: Sequence[str]) -> Request:
    """Return the request under one objective, with those settings of the section that it has."""
    kept = [f"{_SECTION}name={name}"]
    for assignment in request.assignments:
        key = assignment.partition("=")[0].strip()
        if key.startswith(_SECTION):
            field = key.removeprefix(_SECTION).partition(".")[0]
            having = [one for one in chosen if field in objectives.get(one).settings.model_fields]
            if having and name not in having:
                continue
        kept.append(assignment)
    return replace(request, assignments=tuple(kept))


def _opened(plan: Plan, path: Path) -> SeedRuns:
    """Make an objective's folder, or check that what it holds was made by the same settings; more seeds may come."""
    folder, seeds = RunFolder(path), plan.seeds
    if folder.settings.is_file() and not any(path.glob("seed-*")):
        folder.settings.unlink()  # it was to be trained, and never was
    if folder.settings.is_file():
        stored = folder.read_settings()
        changed = [key for key, value in plan.record().items() if key != "seed" and stored.get(key) != value]
        if changed:
            raise UserError(f"{path} was made with other settings in {', '.join(changed)}; give another --output")
        seeds = tuple(dict.fromkeys([*stored[SEEDS], *seeds]))
    runs = SeedRuns(plan, seeds, path)
    runs.open(extend=True)
    return runs


def _reason(log: Path) -> str:
    """Return the error that a process's log ends with, or where to look."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return errors[-1] if errors else f"failed, see {log}"
