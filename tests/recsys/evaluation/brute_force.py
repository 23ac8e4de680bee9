"""Small ranking problems, and their solution from full matrices of float64 scores, one user after another."""

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor

from datasets.packing import PackedSequences

cases = {
    "users": st.integers(1, 12),
    "items": st.integers(1, 40),
    "size": st.integers(1, 9),
    "seed": st.integers(0, 9999),
    "ties": st.booleans(),
    "block": st.one_of(st.none(), st.integers(1, 50)),
}
"""What the properties are tried on; the arguments of `case`, and a block size."""


def case(users: int, items: int, size: int, seed: int, *, ties: bool) -> tuple[Tensor, Tensor, Tensor, list[list[int]]]:
    """Return vectors, item table, targets and histories; whole numbers give many exact ties."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        if ties:
            return torch.randint(-2, 3, shape, generator=generator).float()
        return torch.randn(*shape, generator=generator)

    vectors, table = draw(users, size), draw(items + 1, size)
    targets = torch.randint(1, items + 1, (users,), generator=generator)
    lengths = torch.randint(0, 9, (users,), generator=generator).tolist()
    histories = [torch.randint(1, items + 1, (length,), generator=generator).tolist() for length in lengths]
    return vectors, table, targets, histories


def packed(sequences: list[list[int]]) -> PackedSequences:
    lengths = torch.tensor([len(one) for one in sequences], dtype=torch.long)
    return PackedSequences(torch.tensor([item for one in sequences for item in one], dtype=torch.long), lengths)


def score_matrix(vectors: Tensor, table: Tensor) -> np.ndarray:
    scores: np.ndarray = vectors.double().numpy() @ table.double().numpy().T
    return scores


def slow_ranks(vectors: Tensor, table: Tensor, targets: Tensor, seen: list[list[int]] | None = None) -> list[int]:
    ranks = []
    for row, (scores, target) in enumerate(zip(score_matrix(vectors, table), targets.tolist(), strict=True)):
        hidden = (set(seen[row]) if seen else set()) - {target}
        ranked = [item for item in range(1, len(scores)) if item not in hidden]
        ranks.append(sum(scores[item] >= scores[target] for item in ranked))
    return ranks


def slow_top(vectors: Tensor, table: Tensor, k: int, seen: list[list[int]] | None = None) -> list[list[tuple]]:
    """Return (score, number) of each user's best items; as many as there are."""
    best = []
    for row, scores in enumerate(score_matrix(vectors, table)):
        hidden = set(seen[row]) if seen else set()
        ranked = sorted(((scores[item], item) for item in range(1, len(scores)) if item not in hidden), reverse=True)
        best.append(ranked[:k])
    return best
