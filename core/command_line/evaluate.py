"""`evaluate`: a run's model evaluated again, under the settings of the run or others."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from core.command_line.plan import with_evaluation
from core.command_line.revisit import open_single_run, rebuild
from core.command_line.tables import print_metrics
from core.domain import Domain


def evaluate(
    console: Console,
    path: Path,
    domains: Sequence[Domain],
    root: Path | None,
    device: str,
    assignments: Sequence[str] = (),
) -> None:
    """Evaluate the parameters that a run kept and print the metrics; the run folder stays as it is.

    Raises:
        UserError: where `path` is no single run, and as `with_evaluation`.
    """
    folder, plan = open_single_run(path, domains)
    task = rebuild(folder, with_evaluation(plan, assignments), root, device)
    metrics = task.evaluate()
    print_metrics(console, f"{plan.title}, evaluated again", task.protocol, metrics, "over repeats")
