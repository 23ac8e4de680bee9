"""Full-graph contrastive training as a task: one batch an epoch, frozen embeddings evaluated at the end."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.errors import UserError
from core.report import Picture
from core.task import Update
from datasets import GraphDataset
from graphcl.encoders import EncodedViews, ViewEncoder
from graphcl.evaluation import describe_evaluation, evaluate_embeddings, validation_scores
from graphcl.pictures import attention_picture
from graphcl.settings import ContrastSettings
from graphcl.views import ViewBuilder, ViewSet

Objective = Callable[[EncodedViews], dict[str, Tensor]]
"""From the encoded views to the loss parts, "loss" among them; what it learns makes it a module."""


class ContrastTask:
    """Trains a :class:`ViewEncoder` under an objective, on all target nodes at once.

    Args:
        dataset: the graph.
        settings: of views, encoder, optimiser and evaluation.
        objective: the loss; a module's parameters are trained along.
        device: where everything lives.

    Raises:
        UserError: when the epoch is to be chosen by validation scores and the graph has no labels or splits.
    """

    def __init__(
        self,
        dataset: GraphDataset,
        settings: ContrastSettings,
        objective: Objective,
        device: torch.device | str,
    ) -> None:
        if settings.trainer.monitor.startswith("valid/") and (dataset.labels is None or not dataset.splits):
            raise UserError(
                f"trainer.monitor is {settings.trainer.monitor!r}, but {dataset.name} has no labels or no splits to "
                "validate with; use --set trainer.monitor=loss"
            )
        self._dataset = dataset
        self._settings = settings
        self._builder = ViewBuilder(dataset, settings.views, seed=settings.seed, device=device)
        self.encoder = ViewEncoder(self._builder.views(), settings.encoder)
        self._objective = objective
        parts: dict[str, nn.Module] = {"encoder": self.encoder}
        if isinstance(objective, nn.Module):
            parts["objective"] = objective
        self.module: nn.Module = nn.ModuleDict(parts).to(device)
        optimizer = torch.optim.Adam(
            self.module.parameters(), lr=settings.optimizer.lr, weight_decay=settings.optimizer.weight_decay
        )
        self.optimizers: Mapping[str, torch.optim.Optimizer] = {"adam": optimizer}
        self.schedulers: Mapping[str, torch.optim.lr_scheduler.LRScheduler] = {}
        self.protocol = describe_evaluation(dataset, settings.evaluation)

    def batches(self, epoch: int) -> Iterable[ViewSet]:
        """Return the epoch's views: the whole graph is one batch."""
        return [self._builder.views(epoch)]

    def training_step(self, batch: Any, update: Update) -> Mapping[str, Tensor]:
        """Encode the views, compute the objective, step once."""
        encoded = self.encoder(batch)
        # Clustering and sums over thousands of exponentials are no place for half precision.
        with torch.autocast(encoded.embedding.device.type, enabled=False):
            parts = self._objective(encoded.float())
        update("adam", parts["loss"])
        return {name: value.detach() for name, value in parts.items()}

    def validate(self) -> dict[str, float]:
        """Return the probes' validation scores, means over the splits, where the trainer is to choose by them.

        Label-free training by its loss alone asks for none of this, and pays for none.
        """
        if not self._settings.trainer.monitor.startswith("valid/"):
            return {}
        return validation_scores(
            self.encode().embedding, self._dataset, self._settings.evaluation, seed=self._settings.seed
        )

    @torch.no_grad()
    def encode(self) -> EncodedViews:
        """Encode the first epoch's views in eval mode (no dropout)."""
        was_training = self.module.training
        self.module.eval()
        encoded: EncodedViews = self.encoder(self._builder.views())
        self.module.train(was_training)
        return encoded

    def evaluate(self) -> dict[str, float]:
        """Evaluate the frozen embeddings of the target nodes."""
        vectors = self.encode().embedding
        return evaluate_embeddings(vectors, self._dataset, self._settings.evaluation, seed=self._settings.seed)

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the target nodes' external ids and their embeddings, N x hidden float32."""
        vectors = self.encode().embedding.float().cpu().numpy()
        return np.asarray(self._dataset.node_ids), vectors

    def pictures(self) -> list[Picture]:
        """Return the attention over the views."""
        names = [name for path in self._builder.views().paths for name in (path.name, f"{path.name} masked")]
        return [attention_picture(names, self.encode().attention.cpu().numpy())]
