"""The scores of every user or node, which runs do not store: their models are rebuilt and ranked or probed again."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from core.command_line.compare import ScoreReader
from core.command_line.plan import domain_of
from core.command_line.revisit import open_single_run, rebuild_with_data
from core.comparison.contests import Contest
from core.comparison.entries import SeedRun
from core.comparison.paired_tests import Scores
from core.domain import Domain
from core.errors import UserError
from core.unit_scores import UnitScores, mean_scores

_TOLERANCE = 1e-6
"""A score that is found again may differ from the run's by rounding, not by more."""


def score_reader(console: Console, domains: Sequence[Domain], root: Path | None, device: str) -> ScoreReader:
    """Return what scores all entries of a contest, each unit's mean over the entry's seeds."""

    def read(contest: Contest) -> tuple[Sequence[Scores], Sequence[str]]:
        scores, remarks = [], []
        for label, entry in zip(contest.labels, contest.entries, strict=True):
            runs = []
            for run in entry.runs:
                with console.status(f"{label}, seed {run.seed}: scoring every user or node"):
                    runs.append(_score(run, domains, root, device))
                remarks += _disagreements(run, runs[-1])
            scores.append(mean_scores(runs))
        return scores, remarks

    return read


def _score(run: SeedRun, domains: Sequence[Domain], root: Path | None, device: str) -> Mapping[str, UnitScores]:
    folder, plan = open_single_run(run.path, domains)
    domain = domain_of(run.model, domains)
    if domain.unit_scores is None:
        raise UserError(f"{run.path}: {domain.name} scores no users or nodes one by one; leave out --per-user")
    task, dataset = rebuild_with_data(folder, plan, root, device)
    return domain.unit_scores(task, dataset, plan.settings)


def _disagreements(run: SeedRun, scores: Mapping[str, UnitScores]) -> list[str]:
    """Say where the mean of the scores is not the figure that the run holds: then something has changed since."""
    found = []
    for metric, its in scores.items():
        stored, again = run.metrics.get(metric), float(its.values.mean())
        if stored is not None and not abs(stored - again) <= _TOLERANCE:
            found.append(f"{metric} {again:.6f} (not {stored:.6f})")
    if not found:
        return []
    return [
        f"{run.path}: evaluated again here it gives {', '.join(found)}; another device, number of threads or version"
    ]
