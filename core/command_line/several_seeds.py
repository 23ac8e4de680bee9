"""The same plan under several seeds: a folder each, and their mean and standard deviation."""

from collections.abc import Mapping
from pathlib import Path

from core.command_line.plan import Plan
from core.command_line.run_report import seeds_page
from core.command_line.tables import say
from core.command_line.training import Outcome, Results, Workplace, train
from core.comparison.averages import average
from core.environment import describe_environment
from core.history import read_history
from core.run_folder import PROTOCOL, RunFolder


def train_seeds(plan: Plan, path: Path, place: Workplace, *, resume: bool = False) -> Results | None:
    """Run every seed of a plan into `path/seed-<n>` and summarise them in `path`.

    Seeds that are finished are not run again when resuming. Returns the means (on the first of several
    processes only).
    """
    parent = RunFolder(path)
    if place.fabric.is_global_zero and not resume:
        RunFolder.create(path)
        parent.write_settings({"seeds": list(plan.seeds), **plan.record()})
    place.fabric.barrier()
    outcomes: dict[int, Outcome | None] = {}
    for seed in plan.seeds:
        folder = RunFolder(path / f"seed-{seed}")
        try:
            say(place.console, f"seed {seed}", style="bold")
            outcomes[seed] = _train_or_read(plan.for_seed(seed), folder, place)
        except BaseException:
            if place.fabric.is_global_zero and not resume and not any(path.glob("seed-*")):
                parent.remove()
            raise
    finished = {seed: outcome for seed, outcome in outcomes.items() if outcome is not None}
    if len(finished) < len(plan.seeds):
        return None
    return _summarise(plan, parent, place, finished)


def _train_or_read(plan: Plan, folder: RunFolder, place: Workplace) -> Outcome | None:
    if place.fabric.broadcast(folder.is_finished):
        if not place.fabric.is_global_zero:
            return None
        return Outcome(Results(folder.read_metrics(), folder.read_protocol()), read_history(folder.history))
    started = place.fabric.broadcast(folder.settings.is_file())
    return train(plan, folder.path, place, resume=started)


def _summarise(plan: Plan, parent: RunFolder, place: Workplace, outcomes: Mapping[int, Outcome]) -> Results:
    metrics = average([outcome.results.metrics for outcome in outcomes.values()])
    protocol = max(outcome.results.protocol for outcome in outcomes.values())  # all the same, or not recorded
    environment = describe_environment(place.fabric.device, seed=list(outcomes), checksum=place.dataset.checksum)
    runs = {seed: (outcome.results.metrics, outcome.history) for seed, outcome in outcomes.items()}
    environment[PROTOCOL] = protocol
    parent.write_report(seeds_page(plan, metrics, runs, environment))
    parent.write_environment(environment)
    parent.write_metrics(metrics)
    return Results(metrics, protocol)
