"""The mean of metrics over seeds, and how far the seeds lie apart."""

import statistics
from collections.abc import Mapping, Sequence

from core.report.numbers import STD, is_deviation


def average(runs: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    """Return each metric's mean and, as `<name>_std`, its sample standard deviation over the runs.

    A deviation within a run (over a probe's repeats) gives way to the one over runs, which is what a
    reader of `<name>_std` in a folder of seeds expects. A metric that some run lacks is averaged over the
    others; with fewer than two values there is no deviation.
    """
    averaged: dict[str, float | None] = {}
    for name in sorted({name for run in runs for name in run}):
        if any(is_deviation(name, run) for run in runs):
            continue
        values = [value for run in runs if (value := run.get(name)) is not None]
        averaged[name] = statistics.fmean(values) if values else None
        if len(values) > 1:
            averaged[name + STD] = statistics.stdev(values)
    return averaged
