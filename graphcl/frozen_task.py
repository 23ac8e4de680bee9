"""A baseline that learns nothing here: given vectors, evaluated by the same code as every model."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.report import Picture
from core.task import Update
from datasets import GraphDataset
from graphcl.evaluation import ProbeSettings, describe_evaluation, diagnose_nodes, evaluate_embeddings


class FrozenTask:
    """Evaluates fixed vectors of the target nodes.

    Shapes:
        vectors: N x d, dense.
    """

    def __init__(self, vectors: Tensor, dataset: GraphDataset, settings: ProbeSettings, seed: int) -> None:
        self.module: nn.Module = nn.Module()
        # Not persistent: the vectors come from the data, a checkpoint need not repeat them.
        self.module.register_buffer("vectors", vectors, persistent=False)
        self.optimizers: Mapping[str, torch.optim.Optimizer] = {}
        self.schedulers: Mapping[str, torch.optim.lr_scheduler.LRScheduler] = {}
        self.protocol = describe_evaluation(dataset, settings)
        self._vectors = vectors
        self._dataset = dataset
        self._settings = settings
        self._seed = seed

    def batches(self, epoch: int) -> Iterable[Any]:
        """Return nothing to train on."""
        return []

    def training_step(self, batch: Any, update: Update) -> Mapping[str, Tensor]:
        """Refuse: there is nothing to learn."""
        raise RuntimeError("a baseline of fixed vectors does not train")

    def validate(self) -> dict[str, float]:
        """Return nothing."""
        return {}

    def evaluate(self) -> dict[str, float]:
        """Evaluate the vectors by the common protocol, and diagnose them."""
        scores = evaluate_embeddings(self._vectors, self._dataset, self._settings, seed=self._seed)
        return scores | diagnose_nodes(self._vectors, self._dataset)

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the target nodes' external ids and the vectors."""
        return np.asarray(self._dataset.node_ids), self._vectors.float().cpu().numpy()

    def pictures(self) -> list[Picture]:
        """Return nothing."""
        return []
