"""Full-graph contrastive training as a task: one batch an epoch, frozen embeddings evaluated at the end."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from core.diagnosis import diagnose
from core.errors import UserError
from core.momentum import CosineMomentum, MomentumCopy
from core.objectives import ObjectiveSettings, Offer, Views, build_objective
from core.report import Picture
from core.task import Update
from datasets import GraphDataset
from graphcl.encoders import EncodedViews, ViewEncoder
from graphcl.evaluation import (
    check_evaluation,
    comparable_labels,
    describe_evaluation,
    evaluate_embeddings,
    validation_scores,
)
from graphcl.evaluation.diagnostics import MOST
from graphcl.pictures import attention_picture
from graphcl.settings import ContrastSettings
from graphcl.views import ViewBuilder, ViewSet, log_degrees, strongest_neighbours


class ContrastTask:
    """Trains a :class:`ViewEncoder` under an objective, on all target nodes at once.

    Args:
        dataset: the graph.
        settings: of views, encoder, optimiser and evaluation.
        objective: which contrast, by its settings.
        device: where everything lives.
        anchor: which of the two views is the objective's anchor; the fine views each by itself are its further ones.

    Raises:
        UserError: when the epoch is to be chosen by validation scores and the graph has no labels or splits, or when
            the graph cannot give what the objective needs.
    """

    def __init__(
        self,
        dataset: GraphDataset,
        settings: ContrastSettings,
        objective: ObjectiveSettings,
        device: torch.device | str,
        *,
        anchor: Literal["coarse", "fine"] = "coarse",
    ) -> None:
        if settings.trainer.monitor.startswith("valid/") and (dataset.labels is None or not dataset.splits):
            raise UserError(
                f"trainer.monitor is {settings.trainer.monitor!r}, but {dataset.name} has no labels or no splits to "
                "validate with; use --set trainer.monitor=loss"
            )
        check_evaluation(dataset, settings.evaluation)
        self._dataset = dataset
        self._settings = settings
        self._anchor = anchor
        self._each = objective.takes_all_views
        self._epoch = 0
        self._labels = comparable_labels(dataset, device)
        self._builder = ViewBuilder(dataset, settings.views, seed=settings.seed, device=device)
        views = self._builder.views()
        offer = Offer(
            place=f"{settings.model} on {dataset.name}",
            width=settings.encoder.head,
            rows=views.sizes[views.target],
            rows_are=f"{views.target} nodes",
            views=2 + 2 * len(views.paths),
            seed=settings.seed,
            teacher=True,
            neighbours=lambda most: strongest_neighbours(views, most),
            targets=lambda: log_degrees(views),
        )
        self.objective = build_objective(objective, offer)
        self.encoder = ViewEncoder(views, settings.encoder)
        parts: dict[str, nn.Module] = {"encoder": self.encoder}
        self._teacher: MomentumCopy | None = None
        if objective.teacher_momentum is not None:
            momentum = CosineMomentum(objective.teacher_momentum, max(1, settings.trainer.epochs))
            parts["teacher"] = self._teacher = MomentumCopy(self.encoder, momentum)
        if isinstance(self.objective, nn.Module):
            parts["objective"] = self.objective
        self.module: nn.Module = nn.ModuleDict(parts).to(device)
        optimizer = torch.optim.Adam(
            [one for one in self.module.parameters() if one.requires_grad],
            lr=settings.optimizer.lr,
            weight_decay=settings.optimizer.weight_decay,
        )
        self.optimizers: Mapping[str, torch.optim.Optimizer] = {"adam": optimizer}
        self.schedulers: Mapping[str, torch.optim.lr_scheduler.LRScheduler] = {}
        self.protocol = describe_evaluation(dataset, settings.evaluation)

    def batches(self, epoch: int) -> Iterable[ViewSet]:
        """Return the epoch's views: the whole graph is one batch."""
        self._epoch = epoch
        return [self._builder.views(epoch)]

    def training_step(self, batch: Any, update: Update) -> Mapping[str, Tensor]:
        """Encode the views, compute the objective, step once."""
        encoded = self.encoder(batch, each=self._each)
        slow = None if self._teacher is None else self._teacher(batch)
        # Clustering and sums over thousands of exponentials are no place for half precision.
        with torch.autocast(encoded.embedding.device.type, enabled=False):
            views = self.contrasted(encoded.float(), slow and slow.float())
            parts = self.objective(views)
        update("adam", parts["loss"])
        if self._teacher is not None:
            self._teacher.update(self.encoder)
        return {name: value.detach() for name, value in parts.items()} | self._diagnose(views)

    def contrasted(self, encoded: EncodedViews, slow: EncodedViews | None = None) -> Views:
        """Return the views as the objective takes them, `slow` being those of a momentum copy."""
        return Views(
            *self._pair(encoded),
            more=encoded.each,
            slow=None if slow is None else self._pair(slow),
            epoch=self._epoch,
        )

    def _pair(self, encoded: EncodedViews) -> tuple[Tensor, Tensor]:
        return (encoded.coarse, encoded.fine) if self._anchor == "coarse" else (encoded.fine, encoded.coarse)

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
        """Evaluate the frozen embeddings of the target nodes, and diagnose the contrasted views."""
        encoded = self.encode()
        scores = evaluate_embeddings(
            encoded.embedding, self._dataset, self._settings.evaluation, seed=self._settings.seed
        )
        found = self._diagnose(self.contrasted(encoded.float()), most=MOST)
        return scores | {name: value.item() for name, value in found.items()}

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the target nodes' external ids and their embeddings, N x hidden float32."""
        vectors = self.encode().embedding.float().cpu().numpy()
        return np.asarray(self._dataset.node_ids), vectors

    def pictures(self) -> list[Picture]:
        """Return the attention over the views."""
        names = [name for path in self._builder.views().paths for name in (path.name, f"{path.name} masked")]
        return [attention_picture(names, self.encode().attention.cpu().numpy())]

    def _diagnose(self, views: Views, **options: int) -> dict[str, Tensor]:
        return diagnose(views.anchor, views.other, self._labels, **options)
