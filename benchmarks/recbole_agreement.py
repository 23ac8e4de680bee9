"""Ranking figures of a run of a RecBole model by our evaluator and by RecBole's own, on the same scores.

    python run.py --dataset ml-100k --model recbole:GRU4Rec --output runs/gru4rec
    python benchmarks/recbole_agreement.py runs/gru4rec

The model of the run scores the whole catalogue once for every validation and test example, items of the history kept,
as RecBole ranks sequential models. Both evaluators read these scores. They treat ties differently: we count every item
that scores as high as the target against it, RecBole takes those that its sort happens to put first. The last lines
say how many targets tie with another item, and of how many this decides whether they stand among the first max(k).
Exit code 1 means that figures differ by more than such ties allow.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
import typer
from torch import Tensor

from benchmarks.command import Device, command_line
from core.command_line.revisit import open_single_run, rebuild
from core.errors import UserError
from core.metrics import ranking_metrics
from core.report.plain_tables import text_table
from datasets.leave_one_out import Examples
from recsys.domain import domain
from recsys.evaluation import evaluation_mode, ranks_of_scores
from recsys.interop.recbole.evaluator import recbole_metrics
from recsys.interop.recbole.task import RecboleTask

_USERS_AT_A_TIME = 256
_ROUNDING = 1e-9


def main(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    device: Device = "cpu",
    data_root: Annotated[Path | None, typer.Option(help="Folder of the data sets.")] = None,
) -> None:
    folder, plan = open_single_run(run, [domain])
    task = rebuild(folder, plan, data_root, device)
    if not isinstance(task, RecboleTask):
        raise UserError(f"{run} is a run of {plan.settings.model}, not of a model of RecBole")
    top_k = plan.settings.evaluation.top_k
    agree = True
    for split, examples in (("valid", task.split.valid), ("test", task.split.test)):
        agree &= _compare(task, split, examples, top_k)
    if not agree:
        raise typer.Exit(1)


def _compare(task: RecboleTask, split: str, examples: Examples, top_k: list[int]) -> bool:
    ranks, tied = [], []

    def scored() -> Iterator[tuple[Tensor, Tensor]]:
        for numbers in torch.arange(len(examples)).split(_USERS_AT_A_TIME):
            scores, targets = task.scores(examples, numbers).float().cpu(), examples.targets(numbers).cpu()
            ranks.append(ranks_of_scores(scores, targets))
            tied.append(_ties(scores, targets))
            yield scores, targets

    with evaluation_mode(task.module):
        theirs = recbole_metrics(scored(), top_k)
    pessimistic, ties = torch.cat(ranks), torch.cat(tied)
    ours, optimistic = (ranking_metrics(one, top_k) for one in (pessimistic, pessimistic - ties))
    rows = [
        [f"{split}/{name}", f"{value:.10f}", f"{theirs[name]:.10f}", f"{theirs[name] - value:+.1e}"]
        for name, value in ours.items()
    ]
    print(text_table(["", "ours", "RecBole's", "difference"], rows))
    decided = int(((ties > 0) & (pessimistic - ties <= max(top_k))).sum())
    print(f"\n{int((ties > 0).sum())} of {len(ties)} targets tie with another item, {decided} of them near the top\n")
    return all(value - _ROUNDING <= theirs[name] <= optimistic[name] + _ROUNDING for name, value in ours.items())


def _ties(scores: Tensor, targets: Tensor) -> Tensor:
    """Return how many other items score exactly as each target does."""
    return (scores[:, 1:] == scores.gather(1, targets[:, None])).sum(dim=1) - 1


if __name__ == "__main__":
    command_line(main)
