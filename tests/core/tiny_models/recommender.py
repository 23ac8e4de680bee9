"""The tiny model with answers: the same items for everybody."""

from collections.abc import Sequence
from typing import Any

import torch

from core.domain import ModelEntry
from core.recommending import Query, Recommendation
from tests.core.tiny_domain import models
from tests.core.tiny_models.tiny import TinySettings, TinyTask

asked: list[tuple[list[Query], int, bool | None]] = []
"""What `recommend` was called with."""


class TinyRecommender(TinyTask):
    """Remembers its questions."""

    def recommend(self, queries: Sequence[Query], top: int, *, filter_seen: bool | None = None) -> list[Recommendation]:
        assert not self.module.training
        asked.append((list(queries), top, filter_seen))
        return [
            Recommendation([(f"item [{row}]", 2.0 - row), ("other", -1.25)], bool(filter_seen))
            for row in range(len(queries))
        ]


def build(settings: TinySettings, dataset: Any, device: torch.device) -> TinyRecommender:
    return TinyRecommender(settings, dataset.graph[dataset.target].num_nodes, device)


models.register("tiny-recommender")(ModelEntry("tiny-recommender", TinySettings, build, "answers", "nobody, nowhere"))
