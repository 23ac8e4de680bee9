"""How well each user of the test is served, before the mean is taken."""

from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from core.errors import UserError
from core.metrics import ranking_scores
from core.task import Task
from core.unit_scores import UnitScores
from datasets import SequenceDataset
from datasets.leave_one_out import LeaveOneOut
from recsys.evaluation.settings import RankingSettings


@runtime_checkable
class RanksTest(Protocol):
    """What a recommender's task offers besides `core.task.Task` for users to be compared one by one."""

    def test_ranks(self) -> Tensor:
        """Return the rank of every test target, n int64 in the order of the split, as `evaluate` finds it."""


def user_scores(task: Task, dataset: SequenceDataset, settings: RankingSettings) -> dict[str, UnitScores]:
    """Return every test user's ``test/<metric>@<k>``, whose means are those of `ranking_report`.

    Raises:
        UserError: when the model does not rank, or no user has a test target.
    """
    if not isinstance(task, RanksTest):
        raise UserError("this model does not rank the users of the test one by one")
    test = LeaveOneOut(dataset, max_length=1).test
    if not len(test):
        raise UserError(f"{dataset.name}: no user has the three items that a test target takes")
    ids = np.asarray(dataset.user_ids)[test.users(torch.arange(len(test))).numpy()]
    found = ranking_scores(task.test_ranks().cpu(), settings.top_k)
    return {f"test/{name}": UnitScores("user", ids, values.numpy()) for name, values in found.items()}
