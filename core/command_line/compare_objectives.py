"""`compare-objectives`: one model under every contrastive objective, over the same seeds and budget."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import torch
from rich.console import Console

import datasets
from core.command_line.page_format import PageFormat
from core.command_line.pages import deliver, write_page
from core.command_line.plan import Plan, Request, domain_of, make_plan
from core.command_line.several_seeds import train_seeds
from core.command_line.session import RUNS, Surroundings
from core.command_line.tables import say
from core.command_line.training import Workplace
from core.comparison.contests import make_contests
from core.comparison.entries import SEEDS, gather, read_run
from core.comparison.metric_kinds import choose_metrics, fits
from core.comparison.rows import entry_rows
from core.comparison.sheet import Page
from core.devices import open_fabric, trim_heap
from core.domain import Domain
from core.errors import UserError, unknown_name
from core.objectives import objectives
from core.run_folder import RunFolder

DIAGNOSTICS = ("diagnostics/uniformity", "diagnostics/alignment", "diagnostics/tolerance")
COSTS = ("epochs", "time/epoch_s", "time/train_s", "memory/peak_mb")
PAGE = "comparison.md"
_SECTION = "objective."


def compare_objectives(
    console: Console,
    request: Request,
    names: Sequence[str],
    around: Surroundings,
    domains: Sequence[Domain],
    configs: Path,
) -> None:
    """Train the model under each objective, print one table and write it to the folder.

    Settings of the section `objective` hold for the objectives that have them. What a folder holds already is not
    trained again. An objective that the model or its data cannot serve is named with the reason, and so is one whose
    training fails.

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
    first = next(iter(plans.values()))
    if around.threads is not None:
        torch.set_num_threads(around.threads)
    fabric = open_fabric(around.device, first.trainer.precision)
    if not fabric.is_global_zero:
        console = Console(quiet=True)
    dataset = datasets.load(first.settings.dataset, around.data_root, first.settings.data)
    place = Workplace(fabric, dataset, console, around.map_method)
    default = RUNS / f"objectives-{first.dataset_name}-{model}-{datetime.now():%Y%m%d-%H%M%S}"
    folder = fabric.broadcast(around.output or default)
    left_out: dict[str, str] = {}
    with _way_on(console, folder):
        for number, (name, plan) in enumerate(plans.items(), start=1):
            say(console, f"{name} ({number} of {len(plans)})", style="bold")
            try:
                _train(plan, folder / name, place)
            except UserError as error:
                left_out[name] = str(error)
                say(console, str(error), style="yellow")
            trim_heap()
    if fabric.is_global_zero:
        page = make_page(folder, first, left_out, domain_of(model, domains).headlines)
        write_page(page, PageFormat.markdown, folder / PAGE)
        deliver(console, page, None, None)
        say(console, f"written to {folder / PAGE}")


def make_page(folder: Path, plan: Plan, left_out: Mapping[str, str], headlines: Sequence[str]) -> Page:
    """Return the page of the runs in a folder; `plan` is that of any of them."""
    finished = [(path, read_run(path).finished, path.name) for path in sorted(folder.iterdir()) if path.is_dir()]
    entries = gather([one for one in finished if one[2] not in left_out])
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
    if "objective" not in entry.settings.model_fields:
        having = [
            name
            for domain in domains
            for name in domain.models
            if "objective" in domain.models.get(name).settings.model_fields
        ]
        raise UserError(f"model {request.model} contrasts no views; choose one of: {', '.join(having)}")
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


def _train(plan: Plan, path: Path, place: Workplace) -> None:
    """Train what the folder lacks, after checking that what it holds was made by the same settings."""
    folder = RunFolder(path)
    begun = place.fabric.broadcast(folder.settings.is_file())
    if begun:
        stored = folder.read_settings()
        changed = [key for key, value in plan.record().items() if key != "seed" and stored.get(key) != value]
        if changed:
            raise UserError(f"{path} was made with other settings in {', '.join(changed)}; give another --output")
        plan = replace(plan, seeds=tuple(dict.fromkeys([*stored[SEEDS], *plan.seeds])))
        if place.fabric.is_global_zero:
            folder.write_settings({SEEDS: list(plan.seeds), **plan.record()})
    train_seeds(plan, path, place, resume=begun)


@contextmanager
def _way_on(console: Console, folder: Path) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        say(console, f"\ninterrupted; the same command with --output {folder} goes on", style="yellow")
        raise
