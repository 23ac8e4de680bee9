"""The fast form, the dense form and the check of their agreement, measured one after the other and set side by side."""

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import typer

from benchmarks.measurement import Form, Job, Measurement, default_memory_gb, describe_machine, measure


@dataclass(frozen=True)
class Comparison:
    """What `compare` found; the dense form and the check fail with "not run" where they were not asked for."""

    job: Job
    fast: Measurement
    dense: Measurement
    check: Measurement

    @property
    def machine(self) -> str:
        """One line on what the numbers were measured on; empty without a number."""
        return "" if self.fast.failure else describe_machine(self.fast)

    @property
    def agreement(self) -> str:
        """One line on how exact the fast form is, and on how many nodes that was found."""
        found = self.check
        if found.loss_difference is None or found.gradient_difference is None:
            return found.failure
        errors = f"loss {found.loss_difference:.1e}, gradients {found.gradient_difference:.1e}"
        return f"{errors} (relative, against float64 on all {found.nodes} nodes)"

    def ratio(self, of: Callable[[Measurement], float]) -> str:
        """Return how many times as much the dense form takes, such as "12.3x"; a dash without both numbers."""
        if self.dense.failure or self.fast.failure or not of(self.fast):
            return "-"
        return f"{of(self.dense) / of(self.fast):.1f}x"

    def record(self) -> dict[str, Any]:
        """Return the job and all that was measured as plain values."""
        return asdict(self)


def compare(job: Job, *, dense: bool) -> Comparison:
    """Measure the fast form, and with `dense` the dense one and how well they agree, each in a process of its own.

    Raises:
        UserError: as :func:`benchmarks.measurement.measure`.
    """
    job = replace(job, memory_gb=job.memory_gb or default_memory_gb())

    def found(form: Form) -> Measurement:
        print(f"{job.model} on {job.dataset} {' '.join(job.assignments)}: {form}", file=sys.stderr)
        return measure(replace(job, form=form))

    found("prepare")
    skipped = Measurement(failure="not run")
    return Comparison(job, found("fast"), found("dense") if dense else skipped, found("check") if dense else skipped)


def exit_if_wrong(comparisons: list[Comparison]) -> None:
    """End the process with exit code 1 if a fast form computes something else than the naive one."""
    wrong = [f"{one.job.model} on {one.check.nodes} nodes" for one in comparisons if one.check.differs]
    if wrong:
        print(f"error: the fast form computes something else than the naive one: {', '.join(wrong)}", file=sys.stderr)
        raise typer.Exit(1)
