"""The trials of a study as plain values, which need no Optuna to be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from core.tuning.space import Space

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

ERROR = "error"
EPOCH = "best epoch"
SAME_AS = "same as trial"

State = Literal["complete", "pruned", "failed", "cut off", "running"]


@dataclass(frozen=True)
class TrialRecord:
    """One trial: `value` is the metric, of a pruned trial the last that was reported; None where there is none.

    "failed" trials say why in `error`; those that were "cut off", by an interruption or the end of their process, have
    no reason and count for nothing.
    """

    number: int
    state: State
    value: float | None
    values: Mapping[str, Any]
    epoch: int | None
    seconds: float | None
    error: str | None
    same_as: int | None = None

    @property
    def counts(self) -> bool:
        """Whether it is one of the trials that were asked for."""
        return self.state != "cut off"


def read_trials(study: "Study", space: Space) -> list[TrialRecord]:
    """Return all trials of a study in their order."""
    return [_record(trial, space) for trial in study.get_trials(deepcopy=False)]


def best_first(records: Sequence[TrialRecord], mode: Literal["min", "max"]) -> list[TrialRecord]:
    """Return the complete trials, the best first; of equals the earlier. Repetitions of a trial are left out."""
    sign = 1.0 if mode == "min" else -1.0
    complete = [one for one in records if one.state == "complete" and one.same_as is None]
    return sorted(complete, key=lambda one: (sign * (one.value or 0.0), one.number))


def _record(trial: "FrozenTrial", space: Space) -> TrialRecord:
    names: dict[str, State] = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}
    state, error = names.get(trial.state.name, "running"), trial.user_attrs.get(ERROR)
    reported = [trial.intermediate_values[step] for step in sorted(trial.intermediate_values)]
    value = trial.values[0] if trial.values else None
    if state == "pruned" and reported:
        value = reported[-1]
    return TrialRecord(
        number=trial.number,
        state="cut off" if state == "failed" and error is None else state,
        value=value if state in ("complete", "pruned") else None,
        values=space.read(trial.params),
        epoch=trial.user_attrs.get(EPOCH),
        seconds=trial.duration.total_seconds() if trial.duration else None,
        error=error,
        same_as=trial.user_attrs.get(SAME_AS),
    )
