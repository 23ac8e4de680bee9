"""The trials of one process: asked of the study, trained, told; until there are enough or the time is over."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console

from core.errors import UserError
from core.tuning.check import MakePlan
from core.tuning.records import EPOCH, ERROR, SAME_AS, TrialRecord, read_trials
from core.tuning.space import Space
from core.tuning.study import first_line, import_optuna
from core.tuning.trial import Score, train_once

if TYPE_CHECKING:
    from lightning.fabric import Fabric
    from optuna import Study
    from optuna.trial import Trial

_ALIKE = 5
"""So many failures with one reason, and nothing else, are no bad luck."""


@dataclass(frozen=True)
class Workplace:
    """What all trials of one process share."""

    dataset: Any
    fabric: "Fabric"
    console: Console


@dataclass(frozen=True)
class Budget:
    """How many trials the study is to have in all, and seconds after which this process begins no more."""

    trials: int | None = None
    seconds: float | None = None


def search(
    study: "Study",
    space: Space,
    make: MakePlan,
    seeds: Sequence[int],
    budget: Budget,
    place: Workplace,
    told: Callable[[TrialRecord], None],
) -> None:
    """Run trials until the study has enough; `told` is told of each. One that fails is recorded, with its reason.

    Trials of other processes count, also while they run; those that were cut off do not.

    Raises:
        UserError: when every trial fails for the same reason.
    """
    optuna = import_optuna()
    started = time.monotonic()
    objective = _Objective(study, space, make, seeds, place)
    # After each trial its model's memory is collected; what is there before the first need not be looked through.
    gc.freeze()
    while budget.seconds is None or time.monotonic() - started < budget.seconds:
        optuna.storages.fail_stale_trials(study)
        if budget.trials is not None and sum(one.counts for one in read_trials(study, space)) >= budget.trials:
            return
        _run_trial(study, space, objective)
        now = read_trials(study, space)
        told(now[objective.number])
        _check_hope(now)


def _run_trial(study: "Study", space: Space, objective: "_Objective") -> None:
    try:
        study.optimize(objective, n_trials=1, catch=(Exception,), gc_after_trial=True)
    except ValueError:
        # The machine slept, say, and another process took the trial for dead: nothing can be told of it any more.
        if read_trials(study, space)[objective.number].state != "cut off":
            raise


class _Objective:
    """From a trial to its value: the mean over the seeds of the best validation metric."""

    def __init__(self, study: "Study", space: Space, make: MakePlan, seeds: Sequence[int], place: Workplace) -> None:
        self._study = study
        self._space = space
        self._make = make
        self._seeds = seeds
        self._place = place
        self.number = -1

    def __call__(self, trial: "Trial") -> float:
        optuna = import_optuna()
        self.number = trial.number
        try:
            # By its number: neither does a process repeat the draws of another, nor one that goes on those before.
            self._study.sampler = optuna.samplers.TPESampler(
                seed=(1000 * self._seeds[0] + trial.number) % 2**32, constant_liar=True, n_startup_trials=10
            )
            values = self._space.suggest(trial)
            twin = self._twin(trial)
            if twin is not None:
                trial.set_user_attr(SAME_AS, twin.number)
                if twin.value is None or twin.state == "pruned":
                    raise optuna.TrialPruned
                return twin.value
            return self._train(trial, values)
        except optuna.TrialPruned:
            raise
        except Exception as error:
            trial.set_user_attr(ERROR, first_line(error))
            raise

    def _twin(self, trial: "Trial") -> TrialRecord | None:
        """Return an earlier trial of the same values: training it again would tell nothing new."""
        done = [one for one in read_trials(self._study, self._space) if one.state in ("complete", "pruned")]
        values = self._space.read(trial.params)
        return next((one for one in done if one.values == values and one.same_as is None), None)

    def _train(self, trial: "Trial", values: dict[str, Any]) -> float:
        optuna = import_optuna()
        plan = self._make(values)

        def report(epoch: int, best: float) -> None:
            trial.report(best, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned

        place = self._place
        scores: list[Score] = []
        for seed in self._seeds:
            # Seeds are compared as a mean; whether there is hope, the first one says.
            watched = report if not scores else None
            scores.append(train_once(plan.for_seed(seed), place.dataset, place.fabric, place.console, watched))
        trial.set_user_attr(EPOCH, round(statistics.mean(score.epoch for score in scores)))
        return statistics.mean(score.value for score in scores)


def _check_hope(records: Sequence[TrialRecord]) -> None:
    reasons = [one.error for one in records if one.counts and one.state != "running"]
    if len(reasons) >= _ALIKE and None not in reasons and len(set(reasons)) == 1:
        raise UserError(f"all {len(reasons)} trials failed: {reasons[0]}")
