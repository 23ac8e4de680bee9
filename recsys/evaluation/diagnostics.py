"""What training has done to user and item vectors: alignment and uniformity."""

import torch
from torch import Tensor

from core.diagnosis import diagnose
from datasets.leave_one_out import LeaveOneOut
from recsys.evaluation.settings import RankingSettings
from recsys.evaluation.vector_ranking import Encode, encode_examples

MOST = 4096
"""Users that are looked at, evenly spread over all: enough for two decimals."""


@torch.no_grad()
def diagnose_users(encode: Encode, table: Tensor, split: LeaveOneOut, settings: RankingSettings) -> dict[str, float]:
    """Return the alignment of users with the items that came next, and the uniformity of users, at length 1.

    Wang et al., *Towards Representation Alignment and Uniformity in Collaborative Filtering*, KDD 2022, of the test
    targets; see :mod:`core.diagnosis`. Empty with fewer than two of them.

    Shapes:
        table: (1 + items) x d.
    """
    if len(split.test) < 2:
        return {}
    chosen = torch.arange(0, len(split.test), -(-len(split.test) // MOST))
    users = encode_examples(encode, split.test, settings.batch_tokens, chosen)
    items = table[split.test.targets(chosen).to(table.device)]
    return {name: value.item() for name, value in diagnose(users, items, most=MOST).items()}
