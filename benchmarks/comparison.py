"""The fast form, the naive form and the check of their agreement, measured one after the other and set side by side."""

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import typer

from benchmarks.measurement import Domain, Form, Job, Measurement, default_memory_gb, describe_machine, measure

_UNITS: dict[Domain, str] = {"graph": "nodes", "sequence": "sequences"}


@dataclass(frozen=True)
class Comparison:
    """What `compare` found; the naive form and the check fail with "not run" where they were not asked for."""

    job: Job
    fast: Measurement
    naive: Measurement
    check: Measurement

    @property
    def machine(self) -> str:
        """One line on what the numbers were measured on; empty without a number."""
        return "" if self.fast.failure else describe_machine(self.fast)

    @property
    def agreement(self) -> str:
        """One line on how exact the fast form is, and on how much that was found."""
        found, on = self.check, f"{self.check.size} {_UNITS[self.job.domain]}"
        if found.rank_difference is not None:
            return f"another rank for {found.rank_difference:.1%} of the users (both in float64, {on})"
        if found.loss_difference is None or found.gradient_difference is None:
            return found.failure
        errors = f"loss {found.loss_difference:.1e}, gradients {found.gradient_difference:.1e}"
        return f"{errors} (relative, against float64 on {on})"

    def ratio(self, of: Callable[[Measurement], float]) -> str:
        """Return how many times as much the naive form takes, such as "12.3x"; a dash without both numbers."""
        if self.naive.failure or self.fast.failure or not of(self.fast):
            return "-"
        return f"{of(self.naive) / of(self.fast):.1f}x"

    def record(self) -> dict[str, Any]:
        """Return the job and all that was measured as plain values."""
        return asdict(self)


def compare(job: Job, *, naive: bool, naive_repeats: int | None = None) -> Comparison:
    """Measure the fast form, and with `naive` the naive one and how well they agree, each in a process of its own.

    Args:
        naive_repeats: of the naive form; the job's own if null.

    Raises:
        UserError: as :func:`benchmarks.measurement.measure`.
    """
    job = replace(job, memory_gb=job.memory_gb or default_memory_gb())

    def found(form: Form, repeats: int = job.repeats) -> Measurement:
        print(f"{job.model} on {' '.join([job.dataset, *job.assignments])}: {job.phase}, {form}", file=sys.stderr)
        return measure(replace(job, form=form, repeats=repeats))

    found("prepare")
    fast = found("fast")
    if not naive:
        skipped = Measurement(failure="not run")
        return Comparison(job, fast, skipped, skipped)
    return Comparison(job, fast, found("naive", naive_repeats or job.repeats), found("check"))


def exit_if_wrong(comparisons: list[Comparison]) -> None:
    """End the process with exit code 1 if a fast form computes something else than the naive one."""
    wrong = [
        f"{one.job.model} on {one.check.size} {_UNITS[one.job.domain]}" for one in comparisons if one.check.differs
    ]
    if wrong:
        print(f"error: the fast form computes something else than the naive one: {', '.join(wrong)}", file=sys.stderr)
        raise typer.Exit(1)
