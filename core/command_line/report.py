"""`report`: the page of a finished run, made again from what the run has left."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from core.command_line.plan import Plan, stored_plan
from core.command_line.revisit import rebuild_with_data
from core.command_line.run_report import map_of, run_page, seeds_page
from core.command_line.tables import say
from core.domain import Domain
from core.errors import UserError
from core.history import read_history
from core.run_folder import PROTOCOL, RunFolder


def report(
    console: Console, path: Path, domains: Sequence[Domain], root: Path | None, device: str, map_method: str
) -> None:
    """Write the report of a run, or of a folder of several seeds, anew; its metrics stay as they are.

    Raises:
        UserError: where `path` holds no finished run.
    """
    folder = RunFolder.open(path)
    plan = stored_plan(folder.settings, folder.read_settings(), domains)
    page = _of_seeds(folder, plan) if plan.seeds else _of_run(folder, plan, root, device, map_method)
    folder.write_report(page)
    say(console, f"report: {folder.report}")


def _of_run(folder: RunFolder, plan: Plan, root: Path | None, device: str, map_method: str) -> str:
    metrics = folder.read_metrics()  # first, since a run without them is not finished
    task, dataset = rebuild_with_data(folder, plan, root, device)
    task.evaluate()  # some pictures show parts of it
    plane = map_of(task.embeddings()[1], dataset, map_method)
    environment = {**folder.read_environment(), PROTOCOL: task.protocol}  # older runs did not write it down
    return run_page(plan, metrics, read_history(folder.history), [plane, *task.pictures()], environment)


def _of_seeds(folder: RunFolder, plan: Plan) -> str:
    runs = {seed: RunFolder(folder.path / f"seed-{seed}") for seed in plan.seeds}
    missing = [str(run.path) for run in runs.values() if not run.is_finished]
    if missing:
        raise UserError(f"{folder.path}: not finished: {', '.join(missing)}; go on with --resume {folder.path}")
    found = {seed: (run.read_metrics(), read_history(run.history)) for seed, run in runs.items()}
    return seeds_page(plan, folder.read_metrics(), found, folder.read_environment())
